import { beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as pause } from 'node:timers/promises';
import { SessionLinks } from '../src/shared-session/links/session-links.js';
import { SocketPresence } from '../src/shared-session/index.js';
import { SessionKeys } from '../src/shared-session/store/session-keys.js';
import { StoredSessions } from '../src/shared-session/store/stored-sessions.js';
import { eventually } from '../src/testing/eventually.js';
import { openRedis, startRedis } from './support/redis-under-test.js';
import { startTestNode, uniquePrefix } from './support/test-node.js';
import { operation, Visitor } from './support/visitor.js';

describe('session limits', () => {
  let redisUrl: string;

  beforeAll(async () => {
    redisUrl = await startRedis();
  });

  it('ends sockets at the absolute end, however active they are', async () => {
    const short = await startTestNode({
      redisUrl,
      redisPrefix: uniquePrefix(),
      sessionIdleSeconds: 1,
      sessionAbsoluteSeconds: 3,
    });
    const visitor = await new Visitor(short).register();
    const socket = await visitor.connect();
    let ended: unknown;
    void socket.next('session:ended').then((message) => (ended = message));

    while (!ended) {
      await socket.ask('session:extend').catch(() => undefined);
      await pause(50);
    }

    expect(ended).toMatchObject({ reason: 'expired', reconnect: 'after-login' });
    expect(await socket.next('session:expiring')).toMatchObject({ reason: 'absolute' });
    expect((await visitor.get('/user/profile')).status).toBe(401);
  });

  it.each<[string, string, object?]>([
    ['checks its cart', 'cart:sync', { version: 0, revision: '' }],
    ['asks for its cart', 'cart:get'],
    ['asks who it is', 'session:get'],
  ])(
    'a poll is no activity: a client that only %s does not keep the session',
    async (_, event, ...payload) => {
      const short = await startTestNode({
        redisUrl,
        redisPrefix: uniquePrefix(),
        sessionIdleSeconds: 1,
      });
      const socket = await (await new Visitor(short).register()).connect();
      let ended: unknown;
      void socket.next('session:ended').then((message) => (ended = message));

      while (!ended) {
        await socket.ask(event, ...payload).catch(() => undefined);
        await pause(100);
      }

      expect(ended).toMatchObject({ reason: 'expired' });
    },
  );

  describe('by the record that Redis keeps', () => {
    /** A visitor with a socket, 60 s from the idle end, and how long Redis keeps the record. */
    async function arrive() {
      const redis = await openRedis(redisUrl);
      const redisPrefix = uniquePrefix();
      const node = await startTestNode({ redisUrl, redisPrefix, sessionIdleSeconds: 60 });
      const visitor = await new Visitor(node).register();
      const socket = await visitor.connect();
      const [link] = node.app.get(SessionLinks, { strict: false }).all();
      const principal = link?.session?.principal;
      if (!principal) throw new Error('There is no session.');
      const record = `${redisPrefix}sess:{${visitor.handle}}`;
      const leftMs = () => redis.pTTL(record);
      const expireIn = (ms: number) => redis.pExpire(record, ms);
      return { redis, node, handle: visitor.handle, socket, link, principal, leftMs, expireIn };
    }

    it('writes activity at once where the next regular write could be too late', async () => {
      const { socket, link, expireIn, leftMs } = await arrive();
      await expireIn(20_000);
      await eventually(() => link.storedUntil < Date.now() + 25_000);

      await socket.ask('cart:apply', operation('add', 'scale', 1));

      await eventually(async () => (await leftMs()) > 50_000, 2000);
    });

    it('never shortens what another node has prolonged', async () => {
      const { node, handle, link, principal, leftMs } = await arrive();

      const { limits } = link.session ?? { limits: { idleMs: 60_000, absoluteMs: 60_000 } };
      const earlier = { handle, principal, limits, expiresAt: Date.now() + 10_000 };
      await node.app.get(StoredSessions, { strict: false }).prolong([earlier]);

      expect(await leftMs()).toBeGreaterThan(30_000);
    });

    it('writes the last activity of a node that shuts down', async () => {
      const { node, socket, expireIn, leftMs } = await arrive();
      await expireIn(40_000);
      await socket.ask('cart:apply', operation('add', 'scale', 1));

      await node.stop();

      expect(await leftMs()).toBeGreaterThan(50_000);
    });

    it('forgets what a dead node said of its sockets', async () => {
      const { redis, node, principal } = await arrive();
      const key = node.app.get(SessionKeys, { strict: false }).socketsOf(principal);
      await redis.hSet(key, 'handle~dead.node', '3');

      await node.app.get(SocketPresence, { strict: false }).count(principal);

      await eventually(async () => (await redis.hExists(key, 'handle~dead.node')) === 0);
    });
  });
});
