import { beforeAll, describe, expect, it } from '@jest/globals';
import { Module } from '@nestjs/common';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import {
  AnySession,
  CurrentSession,
  type Session,
  SessionIoAdapter,
  Sessions,
} from '../src/shared-session/index.js';
import { SessionWsAdapter } from '../src/shared-session/ws/index.js';
import { freePort } from '../src/redis-server/free-port.js';
import { startNodes, type TestNode, Visitor } from '../src/testing/index.js';
import { stopAfterwards } from './support/cleanup.js';
import { PlainSocket } from './support/plain-socket.js';
import { startRedis } from './support/redis-under-test.js';
import { sharedSession } from './support/shared-session.js';

@WebSocketGateway({ path: '/live' })
@AnySession()
class LiveGateway {
  @SubscribeMessage('who')
  who(@CurrentSession() { principal }: Session): string {
    return `${principal.id} on a WebSocket`;
  }
}

@WebSocketGateway({ namespace: 'chat' })
@AnySession()
class ChatGateway {
  @SubscribeMessage('who')
  who(@CurrentSession() { principal }: Session): string {
    return `${principal.id} on Socket.IO`;
  }
}

const LIMITS = { events: { perSecond: 0.001, burst: 4 } };

describe('Socket.IO and plain WebSockets in one application', () => {
  let node: TestNode;
  let visitor: Visitor;

  beforeAll(async () => {
    const redisUrl = await startRedis();
    const started = await startNodes(
      (redis) => {
        @Module({
          imports: [sharedSession(redis, { limits: LIMITS })],
          providers: [LiveGateway, ChatGateway],
        })
        class BothModule {}
        return BothModule;
      },
      1,
      {
        redisUrl,
        configure: (app) => {
          const beside = new SessionIoAdapter(app);
          app.useWebSocketAdapter(new SessionWsAdapter(app, { beside, paths: ['live'] }));
        },
      },
    );
    stopAfterwards(started.stop);
    [node] = started.nodes;
  });

  const signIn = async (id: string) => {
    visitor = await new Visitor(node).loginAs({ id });
    const plain = new PlainSocket(`${node.url.replace('http', 'ws')}/live`, visitor.cookie);
    await plain.next('session:ready');
    return { plain, socket: await visitor.connect(node, { namespace: '/chat' }) };
  };

  it('have each their gateways, one session, and one end', async () => {
    const { plain, socket } = await signIn('ada');
    expect(await plain.ask('who')).toEqual({ ok: true, data: 'ada on a WebSocket' });
    expect(await socket.ask('who')).toEqual({ ok: true, data: 'ada on Socket.IO' });

    await node.app.get(Sessions, { strict: false }).end(visitor.handle);

    expect(await plain.closed).toEqual({ code: 4401, reason: 'revoked' });
    expect(await socket.ended()).toBe('revoked');
  });

  it('have one budget of events', async () => {
    const { plain, socket } = await signIn('bob');

    const asked = [0, 1, 2, 3].map((n) => (n % 2 ? plain : socket).ask('who'));
    expect(await Promise.all(asked)).toMatchObject([0, 1, 2, 3].map(() => ({ ok: true })));

    const refused = { ok: false, error: { code: 'RATE_LIMITED' } };
    expect(await plain.ask('who')).toMatchObject(refused);
    expect(await socket.ask('who')).toMatchObject(refused);
  });
});

it('a gateway may have a port of its own, for WebSockets alone', async () => {
  const port = await freePort();

  @WebSocketGateway(port)
  @AnySession()
  class PortGateway {
    @SubscribeMessage('who')
    who(@CurrentSession() { principal }: Session): string {
      return principal.id;
    }
  }

  const { nodes, stop } = await startNodes(
    (redis) => {
      @Module({ imports: [sharedSession(redis)], providers: [PortGateway] })
      class PortModule {}
      return PortModule;
    },
    1,
    {
      redisUrl: await startRedis(),
      configure: (app) => app.useWebSocketAdapter(new SessionWsAdapter(app)),
    },
  );
  stopAfterwards(stop);
  const { cookie } = await new Visitor(nodes[0]).loginAs({ id: 'ada' });
  const socket = new PlainSocket(`ws://127.0.0.1:${String(port)}`, cookie);
  await socket.next('session:ready');

  expect(await socket.ask('who')).toEqual({ ok: true, data: 'ada' });
  expect((await fetch(`http://127.0.0.1:${String(port)}`)).status).toBe(426);
  await stop();
  expect(await socket.closed).toMatchObject({ code: 1012 });
});
