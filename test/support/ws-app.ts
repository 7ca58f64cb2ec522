import type { IncomingMessage } from 'node:http';
import { Controller, type INestApplication, Module, Post, Req } from '@nestjs/common';
import {
  type OnGatewayConnection,
  SubscribeMessage,
  WebSocketGateway,
  WebSocketServer,
} from '@nestjs/websockets';
import type { Request } from 'express';
import type { ClientOptions, Server, WebSocket } from 'ws';
import { z } from 'zod';
import {
  Anybody,
  AnySession,
  CodedError,
  CurrentSession,
  Limit,
  Payload,
  Poll,
  Roles,
  type Session,
  SessionLinks,
  Sessions,
  type SharedSessionModuleOptions,
  SignedIn,
} from '../../src/shared-session/index.js';
import { sessionOfSocket, SessionWsAdapter } from '../../src/shared-session/ws/index.js';
import { startNodes, type TestNode, Visitor } from '../../src/testing/index.js';
import { stopAfterwards } from './cleanup.js';
import { PlainSocket } from './plain-socket.js';
import { sharedSession } from './shared-session.js';

/** What handlers had under way was aborted with. */
export const aborted: unknown[] = [];
/** What handlers did. */
export const said: string[] = [];
/** The Cookie headers that gateways found at the upgrade requests of those who connected. */
export const cookies: unknown[] = [];

@WebSocketGateway()
@SignedIn()
class ChatGateway {
  @WebSocketServer() server!: Server;

  @SubscribeMessage('who')
  @Poll()
  who(@CurrentSession() { principal }: Session): string {
    return principal.id;
  }

  @SubscribeMessage('say')
  say(@Payload(z.string().min(1)) text: string): { event: string; data: string } {
    said.push(text);
    return { event: 'said', data: text };
  }

  @SubscribeMessage('ban')
  @Roles('staff')
  ban(): string {
    return 'banned';
  }

  @SubscribeMessage('fail')
  fail(): never {
    throw new Error('only the log may say this');
  }

  @SubscribeMessage('endless')
  endless(): unknown {
    return { event: 'number', data: 1n };
  }

  @SubscribeMessage('unsayable')
  unsayable(): never {
    throw new CodedError('NOT_FOUND', 'There is none.', { details: 1n });
  }

  @SubscribeMessage('rare')
  @Limit({ perSecond: 0.001, burst: 1 })
  rare(): string {
    return 'done';
  }

  @SubscribeMessage('work')
  work(@CurrentSession() { signal }: Session): Promise<string> {
    return new Promise((resolve) => {
      signal.addEventListener('abort', () => {
        aborted.push(signal.reason);
        resolve('aborted');
      });
    });
  }
}

@Controller()
class LogoutController {
  constructor(private readonly sessions: Sessions) {}

  @Post('logout')
  @Anybody()
  logout(@Req() request: Request): Promise<void> {
    return this.sessions.signOut(request);
  }
}

@WebSocketGateway({ path: '/guests' })
@AnySession()
class GuestGateway implements OnGatewayConnection {
  handleConnection(_client: WebSocket, { url, headers }: IncomingMessage): void {
    cookies.push(headers.cookie);
    if (url?.endsWith('?fail')) throw new Error('A hook may fail.');
  }

  @SubscribeMessage('who')
  who(@CurrentSession() { principal }: Session): string {
    return principal.kind;
  }
}

/** Nodes of an application whose gateways speak plain WebSocket; those of one prefix share their sessions. */
export async function startWsNodes<const N extends number>(
  redisUrl: string,
  count: N,
  options: Partial<SharedSessionModuleOptions> = {},
) {
  const started = await startNodes(
    (redis) => {
      @Module({
        imports: [sharedSession(redis, options)],
        controllers: [LogoutController],
        providers: [ChatGateway, GuestGateway],
      })
      class ChatModule {}
      return ChatModule;
    },
    count,
    { redisUrl, configure: (app) => app.useWebSocketAdapter(new SessionWsAdapter(app)) },
  );
  stopAfterwards(started.stop);
  return started.nodes;
}

export function signIn(node: TestNode): Promise<Visitor> {
  return new Visitor(node).loginAs({ id: 'ada', roles: [] });
}

/** A connection, whether or not it will be let in. */
export function open(
  node: TestNode,
  cookie: string,
  options: ClientOptions & { path?: string } = {},
) {
  const { path = '/', ...others } = options;
  return new PlainSocket(node.url.replace('http', 'ws') + path, cookie, others);
}

/** One that has been let in. */
export async function connect(node: TestNode, { cookie }: Visitor): Promise<PlainSocket> {
  const socket = open(node, cookie);
  await socket.next('session:ready');
  return socket;
}

/** The server's side of all connections. */
export function clientsOf({ app }: TestNode): WebSocket[] {
  return [...app.get(ChatGateway).server.clients];
}

/** The server's side of a visitor's connection. */
export function clientOf(node: TestNode, { handle }: Visitor): WebSocket {
  const found = clientsOf(node).find((client) => sessionOfSocket(client)?.handle === handle);
  if (!found) throw new Error('The visitor has no connection there.');
  return found;
}

export function linkOf({ app }: TestNode, { handle }: Visitor) {
  return app.get(SessionLinks, { strict: false }).get(handle);
}

export function end({ app }: { readonly app: INestApplication }, { handle }: Visitor) {
  return app.get(Sessions, { strict: false }).end(handle);
}
