import { Controller, type MessageEvent, Sse } from '@nestjs/common';
import type { Observable } from 'rxjs';
import { AnySession, CurrentSession, type Session } from '../../shared-session/index.js';
import { SessionFeed } from './session-feed.service.js';

/** For clients whose network lets no WebSocket through. The library ends the stream with its session, and says why. */
@Controller('session/events')
@AnySession()
export class SessionFeedController {
  constructor(private readonly feed: SessionFeed) {}

  @Sse()
  follow(@CurrentSession() session: Session): Observable<MessageEvent> {
    return this.feed.of(session);
  }
}
