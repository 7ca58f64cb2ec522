import { afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import {
  type LimitOptions,
  onDiagnostics,
  SessionLinks,
  type SharedSessionModuleOptions,
} from '../src/shared-session/index.js';
import { SessionSignals } from '../src/shared-session/signals/session-signals.js';
import { SessionKeys } from '../src/shared-session/store/session-keys.js';
import { eventually } from '../src/testing/eventually.js';
import type { TestNode } from '../src/testing/index.js';
import { NO_LIMIT_YET } from './support/limited-nodes.js';
import { openRedis, startRedis } from './support/redis-under-test.js';
import { uniquePrefix } from './support/test-node.js';
import {
  clientOf,
  clientsOf,
  connect,
  cookies,
  end,
  linkOf,
  open,
  said,
  signIn,
  startWsNodes,
} from './support/ws-app.js';

describe('a plain WebSocket', () => {
  const prefix = uniquePrefix();
  let redisUrl: string;
  let a: TestNode;
  let b: TestNode;

  const start = <const N extends number>(
    count: N,
    options: Partial<SharedSessionModuleOptions> = {},
  ) => startWsNodes(redisUrl, count, { prefix, ...options });
  const startLimited = (limits: LimitOptions) =>
    start(2, { prefix: uniquePrefix(), limits: { ...NO_LIMIT_YET, ...limits } });

  beforeAll(async () => {
    redisUrl = await startRedis();
    [a, b] = await start(2);
  });

  afterEach(() => {
    jest.restoreAllMocks();
  });

  describe('gets in', () => {
    it('as its session’s user, on every node', async () => {
      const visitor = await signIn(a);
      const socket = await connect(b, visitor);

      expect(await socket.ask('who')).toEqual({ ok: true, data: 'ada' });
    });

    it('on each path that a gateway has', async () => {
      const { cookie } = await signIn(a);
      const socket = open(a, cookie, { path: '/guests?page=1' });
      await socket.next('session:ready');

      expect(await socket.ask('who')).toEqual({ ok: true, data: 'user' });
    });
  });

  describe('is closed at once', () => {
    it('with 4401 without a session', async () => {
      const closed = await open(a, '').closed;

      expect(closed).toEqual({ code: 4401, reason: 'UNAUTHENTICATED' });
    });

    it('with 4403 from a foreign origin', async () => {
      const { cookie } = await signIn(a);
      const socket = open(a, cookie, { headers: { origin: 'https://evil.example' } });

      expect(await socket.closed).toEqual({ code: 4403, reason: 'FORBIDDEN_ORIGIN' });
      expect(socket.received).toEqual([]);
    });

    it('with 4429 where its principal has too many', async () => {
      const [one, other] = await startLimited({ socketsOfPrincipal: 1 });
      const visitor = await signIn(one);
      await connect(one, visitor);

      const closed = await open(other, visitor.cookie).closed;

      expect(closed).toEqual({ code: 4429, reason: 'RATE_LIMITED' });
    });

    it('with 1013 on a node that hears no signals', async () => {
      const [node] = await start(1);
      const visitor = await signIn(node);
      jest
        .spyOn(node.app.get(SessionSignals, { strict: false }), 'isAllDeaf', 'get')
        .mockReturnValue(true);

      const closed = await open(node, visitor.cookie).closed;

      expect(closed).toEqual({ code: 1013, reason: 'UNAVAILABLE' });
    });

    it('with 1013 while Redis is away', async () => {
      const [node] = await start(1);
      const { cookie } = await signIn(node);
      node.redis.cut();

      expect(await open(node, cookie).closed).toEqual({ code: 1013, reason: 'UNAVAILABLE' });
    });

    it('when its session is over while it is let in', async () => {
      const visitor = await signIn(a);
      const signals = a.app.get(SessionSignals, { strict: false });
      jest.spyOn(signals, 'follow').mockImplementation(() => undefined);
      jest.spyOn(signals, 'inForce').mockImplementation(() => end(b, visitor));

      const socket = open(a, visitor.cookie);

      expect((await socket.closed).code).toBe(4401);
      expect(socket.received).toEqual([]);
    });
  });

  it('is answered 429 before it opens where its address connects too often', async () => {
    const [node] = await startLimited({ handshakes: { perSecond: 0.001, burst: 1 } });
    const visitor = await signIn(node);
    await connect(node, visitor);

    expect(await open(node, visitor.cookie).refused()).toBe(429);
  });

  it('is answered 404 where no gateway has its path', async () => {
    expect(await open(a, '', { path: '/nowhere' }).refused()).toBe(404);
  });

  it('is one of 50 of its session on a node, whatever the limits say', async () => {
    const visitor = await signIn(a);
    for (let count = 0; count < 50; count += 1) await connect(a, visitor);

    expect((await open(a, visitor.cookie).closed).code).toBe(4429);
  });

  it('leaves its cookie with nobody', async () => {
    cookies.length = 0;
    const { cookie } = await signIn(a);

    await open(a, cookie, { path: '/guests' }).next('session:ready');

    await eventually(() => cookies.length === 1);
    expect(cookies).toEqual([undefined]);
  });

  it('is closed with 1011 where its gateway’s hook fails', async () => {
    const { cookie } = await signIn(a);

    expect((await open(a, cookie, { path: '/guests?fail' }).closed).code).toBe(1011);
  });

  it('is told of when it comes, goes and is refused', async () => {
    const told: unknown[] = [];
    const visitor = await signIn(a);
    const isOurs = ({ handle }: { handle: string | null }) =>
      [visitor.handle, null].includes(handle);
    const stops = (['link.opened', 'link.closed', 'handshake.refused'] as const).map((name) =>
      onDiagnostics(name, (message) => {
        const { namespace } = message;
        const why = 'code' in message ? message.code : 'reason' in message ? message.reason : '';
        if (isOurs(message)) told.push([name, namespace, why]);
      }),
    );

    await connect(a, visitor);
    await open(a, '').closed;
    await end(b, visitor);

    await eventually(() => told.length === 3);
    for (const stop of stops) stop();
    expect(told).toEqual([
      ['link.opened', '/', ''],
      ['handshake.refused', null, 'UNAUTHENTICATED'],
      ['link.closed', '/', 'revoked'],
    ]);
  });

  it('is told to start over after its node may have missed something', async () => {
    const [node] = await start(1);
    const socket = await connect(node, await signIn(node));

    node.redis.cut();
    await node.redis.heal();

    expect(await socket.next('session:ready')).toMatchObject({ principal: { id: 'ada' } });
  });

  it('is warned before its session ends by itself', async () => {
    const [node] = await start(1, { idleSeconds: 1 });
    const socket = await connect(node, await signIn(node));

    expect(await socket.next('session:expiring')).toMatchObject({ reason: 'idle' });
  });

  describe('ends', () => {
    it('with its session, on whichever node, and is told why', async () => {
      const visitor = await signIn(a);
      const socket = await connect(b, visitor);

      await visitor.post('/logout');

      expect(await socket.closed).toEqual({ code: 4401, reason: 'signed-out' });
      expect(await socket.next('session:ended')).toEqual({
        reason: 'signed-out',
        reconnect: 'after-login',
      });
    });

    it('and nothing that is sent to it afterwards leaves', async () => {
      const visitor = await signIn(a);
      const socket = await connect(a, visitor);
      const client = clientOf(a, visitor);
      const sent = jest.fn();

      await end(a, visitor);
      client.send('{"event":"late"}', sent);

      await socket.closed;
      expect(socket.received.map(({ event }) => event)).toEqual(['session:ended']);
      // As if it was sent: whoever waits for that goes on.
      await eventually(() => sent.mock.calls.length === 1);
      expect(sent.mock.calls).toEqual([[]]);
    });

    it('and nothing that it sends afterwards is handled', async () => {
      said.length = 0;
      const visitor = await signIn(a);
      const socket = await connect(a, visitor);
      await socket.ask('say', 'in time');

      await end(a, visitor);
      socket.send('say', 'too late');

      await socket.closed;
      expect(said).toEqual(['in time']);
    });

    it('within a sweep when its record is gone, though nobody said so', async () => {
      const visitor = await signIn(a);
      const socket = await connect(a, visitor);
      const redis = await openRedis(redisUrl);
      await redis.del(a.app.get(SessionKeys, { strict: false }).record(visitor.handle));

      expect(await socket.closed).toEqual({ code: 4401, reason: 'revoked' });
    });

    it('within a sweep when its node hears no signals', async () => {
      const [node] = await start(1);
      const visitor = await signIn(node);
      const socket = await connect(node, visitor);
      node.redis.deafen();

      await end(b, visitor);

      expect((await socket.closed).code).toBe(4401);
    });

    it('with 1012 when its node shuts down', async () => {
      const [node] = await start(1);
      const socket = await connect(node, await signIn(node));

      await node.app.close();

      expect(await socket.closed).toEqual({ code: 1012, reason: 'draining' });
      expect(await socket.next('session:ended')).toMatchObject({ reconnect: 'now' });
    });

    it('and no other is let in by a node that shuts down', async () => {
      const [node] = await start(1);
      const { cookie } = await signIn(node);

      node.app.get(SessionLinks, { strict: false }).drain();

      expect((await open(node, cookie).closed).code).toBe(1006);
    });

    it('with its session’s idle timeout, whatever it is sent', async () => {
      const [node] = await start(1, { idleSeconds: 1 });
      const socket = await connect(node, await signIn(node));
      const timer = setInterval(() => {
        for (const client of clientsOf(node)) client.send('{"event":"tick"}');
        // A poll is none either.
        if (socket.client.readyState === socket.client.OPEN) socket.send('who');
      }, 50);

      const closed = await socket.closed;

      clearInterval(timer);
      expect(closed).toEqual({ code: 4401, reason: 'expired' });
    });
  });

  it('is sent nothing while its node does not hear of its session', async () => {
    const visitor = await signIn(a);
    const socket = await connect(a, visitor);
    jest.spyOn(a.app.get(SessionSignals, { strict: false }), 'isDeafTo').mockReturnValue(true);

    for (const client of clientsOf(a)) client.send('{"event":"for nobody"}');

    expect(await socket.closed).toEqual({ code: 1012, reason: 'draining' });
    expect(socket.received.map(({ event }) => event)).toEqual(['session:ended']);
  });

  it('is let go of when its client has closed it', async () => {
    const visitor = await signIn(a);
    const socket = await connect(a, visitor);

    socket.client.close();

    await eventually(() => linkOf(a, visitor) === undefined);
  });
});
