import { Controller, type MessageEvent, Sse } from '@nestjs/common';
import { interval, map, type Observable, startWith } from 'rxjs';
import { AnySession } from '../../src/shared-session/index.js';

const EVERY_MS = 50;

/** A stream as any application has it. */
@Controller('ticks')
@AnySession()
export class TicksController {
  @Sse()
  ticks(): Observable<MessageEvent> {
    return interval(EVERY_MS).pipe(
      startWith(-1),
      map(() => ({ data: 'tick' })),
    );
  }
}
