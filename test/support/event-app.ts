import 'reflect-metadata';
import {
  Catch,
  Controller,
  type ExceptionFilter,
  Injectable,
  Module,
  Post,
  Req,
  UseFilters,
} from '@nestjs/common';
import {
  type OnGatewayConnection,
  SubscribeMessage,
  WebSocketGateway,
  WsException,
  type WsResponse,
} from '@nestjs/websockets';
import type { Request } from 'express';
import { map, Observable, of, throwError } from 'rxjs';
import type { Socket } from 'socket.io';
import {
  AnySession,
  CodedError,
  Poll,
  SessionController,
  Sessions,
  type SocketData,
} from '../../src/shared-session/index.js';
import { startApp } from '../../src/testing/test-node.js';
import { cleanup } from './cleanup.js';
import type { TestNode } from './test-node.js';
import { sharedSession } from './shared-session.js';

/** What the application's filters saw, in order. */
export const filtered: string[] = [];

/** How many Observables of `endless` somebody is subscribed to. */
export const subscriptions = { count: 0 };

@Injectable()
class Journal {
  note(thrown: unknown): void {
    filtered.push(String(thrown));
  }
}

@Catch()
class GatewayFilter implements ExceptionFilter {
  constructor(private readonly journal: Journal) {}

  catch(thrown: unknown): void {
    this.journal.note(thrown);
  }
}

@Catch(RangeError)
class RangeFilter implements ExceptionFilter {
  catch(): Promise<never> {
    return Promise.reject(new CodedError('SEAT_TAKEN', 'Too late.', { status: 409 }));
  }
}

@WebSocketGateway({ namespace: 'failing' })
@AnySession()
@UseFilters(GatewayFilter)
class FailingGateway {
  @SubscribeMessage('fail')
  fail(): never {
    throw new WsException('declined');
  }

  @SubscribeMessage('observable')
  observable(): Observable<never> {
    return throwError(() => new WsException('declined'));
  }

  @SubscribeMessage('translated')
  @UseFilters(new RangeFilter())
  translated(): never {
    throw new RangeError('internal');
  }
}

@WebSocketGateway({ namespace: /^\/room-\d+$/ })
@AnySession()
@UseFilters(GatewayFilter)
class RoomGateway {
  @SubscribeMessage('look')
  @Poll()
  look(): string {
    return 'nobody';
  }

  @SubscribeMessage('fail')
  fail(): never {
    throw new WsException('declined');
  }
}

type Acknowledge = (answer: string) => void;

@WebSocketGateway()
@AnySession()
class EventGateway implements OnGatewayConnection {
  /** An application's own listeners, beside those of the library. They answer a little later. */
  handleConnection(socket: Socket): void {
    socket.use(([event, acknowledge], next) => {
      if (event === 'barred') setImmediate(acknowledge as Acknowledge, 'by use');
      else next();
    });
    socket.on('own', (acknowledge: Acknowledge) => {
      setImmediate(acknowledge, 'by on');
    });
    socket.on('listen', (acknowledge: Acknowledge) => {
      socket.onAny((event: string, answer: Acknowledge) => {
        if (event === 'anything') setImmediate(answer, 'by onAny');
      });
      acknowledge('');
    });
  }

  @SubscribeMessage('barred')
  barred(): string {
    return 'by the handler';
  }

  @SubscribeMessage('hello')
  hello(): string {
    return 'hello';
  }

  @SubscribeMessage('reply')
  reply(): WsResponse<string> {
    return { event: 'replied', data: 'once' };
  }

  @SubscribeMessage('replies')
  replies(): Observable<WsResponse<number>> {
    return of(1, 2).pipe(map((data) => ({ event: 'replied', data })));
  }

  @SubscribeMessage('values')
  values(): Observable<number> {
    return of(1, 2);
  }

  @SubscribeMessage('reserved')
  reserved(): WsResponse<string> {
    return { event: 'disconnect', data: 'no event can be called so' };
  }

  @SubscribeMessage('endless')
  endless(): Observable<never> {
    return new Observable(() => {
      subscriptions.count += 1;
      return () => {
        subscriptions.count -= 1;
      };
    });
  }

  @SubscribeMessage('bigint')
  bigint(): unknown {
    return { id: 1n };
  }

  @SubscribeMessage('cycle')
  cycle(): unknown {
    const result: Record<string, unknown> = {};
    result['self'] = result;
    return result;
  }

  @SubscribeMessage('unsendable details')
  unsendableDetails(): never {
    throw new CodedError('NOT_FOUND', 'Nothing is here.', { details: { id: 1n } });
  }
}

/** What `handleConnection` was given, in order, and who it was by the recipe's `request.session` and by `data`. */
export const connections: {
  readonly socket: Socket;
  readonly user: unknown;
  readonly known: unknown;
}[] = [];

@WebSocketGateway({ namespace: 'recipe' })
@AnySession()
class RecipeGateway implements OnGatewayConnection {
  handleConnection(socket: Socket): void {
    const { session } = socket.request as Request;
    const { user: known } = socket.data as SocketData;
    connections.push({ socket, user: (session as { user?: unknown }).user, known });
  }
}

@Controller()
class LoginController {
  constructor(private readonly sessions: Sessions) {}

  @Post('login')
  async login(@Req() request: Request): Promise<void> {
    await this.sessions.signIn(request, (session) => {
      Object.assign(session, { user: { id: '42', name: 'Ada' } });
    });
  }
}

/** An application whose gateways do what the reference server's do not. */
export async function startEventApp(redisUrl: string): Promise<TestNode> {
  @Module({
    imports: [sharedSession(redisUrl)],
    controllers: [SessionController, LoginController],
    providers: [Journal, EventGateway, FailingGateway, RecipeGateway, RoomGateway],
  })
  class EventModule {}

  const running = await startApp(EventModule, cleanup);
  return { ...running, name: '', isPlain: true };
}
