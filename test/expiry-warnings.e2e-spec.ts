import { beforeAll, describe, expect, it } from '@jest/globals';
import type { RedisClientType } from 'redis';
import type { SessionExpiry } from '../src/shared-session/index.js';
import { SessionActivity } from '../src/shared-session/links/session-activity.js';
import { openRedis, startRedis } from './support/redis-under-test.js';
import { startTestNode, type TestNode, uniquePrefix } from './support/test-node.js';
import type { TestSocket } from './support/test-socket.js';
import { operation, Visitor } from './support/visitor.js';

/** How often a node looks for every session in Redis. */
const SWEEP_MS = 5000;

describe('a warning that the session ends', () => {
  const redisPrefix = uniquePrefix();
  let redisUrl: string;
  let redis: RedisClientType;
  let a: TestNode;
  let b: TestNode;

  beforeAll(async () => {
    redisUrl = await startRedis();
    redis = await openRedis(redisUrl);
    [a, b] = await Promise.all([
      startTestNode({ redisUrl, redisPrefix }),
      startTestNode({ redisUrl, redisPrefix }),
    ]);
  });

  /** Brings a session into the time in which its sockets are warned, and waits until all are. */
  async function warn(visitor: Visitor, sockets: readonly TestSocket[]): Promise<void> {
    await redis.pExpire(`${redisPrefix}sess:{${visitor.handle}}`, 50_000);
    await Promise.all(sockets.map((socket) => socket.next('session:expiring')));
  }

  it('is taken back on every node within the sweep, once, when a tab on one extends the session', async () => {
    const visitor = await new Visitor(a).register();
    const [here, there] = [await visitor.connect(a), await visitor.connect(b)];
    await warn(visitor, [here, there]);

    const start = performance.now();
    await there.get('session:extend');
    const { idleExpiresAt } = await here.next<SessionExpiry>('session:extended');

    expect(performance.now() - start).toBeLessThan(SWEEP_MS + 1000);
    expect(Date.parse(idleExpiresAt)).toBeGreaterThan(Date.now() + 60_000);
    await there.next('session:extended');
    // What comes with the next sweep is the next warning, now that nothing is left to prolong it.
    await b.app.get(SessionActivity, { strict: false }).flush();
    await warn(visitor, [here, there]);
    expect(here.unread).not.toContain('session:extended');
  });

  it('is taken back on every node when a request was activity', async () => {
    const visitor = await new Visitor(a).register();
    const [here, there] = [await visitor.connect(a), await visitor.connect(b)];
    await warn(visitor, [here, there]);

    await visitor.get('/user/profile', b);

    await Promise.all([here, there].map((socket) => socket.next('session:extended')));
  });

  it('is taken back at once in the tabs of the node where somebody is active, and only by the first event', async () => {
    const visitor = await new Visitor(a).register();
    const [tab, other] = [await visitor.connect(a), await visitor.connect(a)];
    await warn(visitor, [tab, other]);

    for (let count = 0; count < 3; count += 1) {
      await tab.get('cart:apply', operation('add', 'scale', 1));
    }

    await other.next('cart:changed', ({ version }: { version: number }) => version === 3);
    expect(other.unread.filter((event) => event === 'session:extended')).toHaveLength(1);
  });

  it('stays, and comes no second time, when the session is at its longest life whatever happens', async () => {
    const brief = await startTestNode({
      redisUrl,
      redisPrefix: uniquePrefix(),
      sessionIdleSeconds: 6,
      sessionAbsoluteSeconds: 6,
    });
    const visitor = await new Visitor(brief).register();
    const socket = await visitor.connect();
    expect(await socket.next('session:expiring')).toMatchObject({ reason: 'absolute' });

    await socket.get('cart:apply', operation('add', 'scale', 1));

    await socket.ended();
    expect(socket.unread).not.toContain('session:extended');
    expect(socket.unread).not.toContain('session:expiring');
  });
});
