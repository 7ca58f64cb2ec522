import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from '@jest/globals';
import type { RedisClientType } from 'redis';
import { CartRepository } from '../src/server/cart/cart.repository.js';
import {
  Durability,
  principalName,
  type Session,
  SessionKeys,
} from '../src/shared-session/index.js';
import { authorised } from './support/cart-session.js';
import { CommandLog } from './support/command-log.js';
import { openRedis, startRedisOfOwn } from './support/redis-under-test.js';
import { type Kept, rememberOperations, workOf } from './support/remembered-operations.js';

/** Filling takes a while: a million where everything is tried. */
const MANY_ON_SERVER = process.env['CI'] ? 1_000_000 : 100_000;
const MANY = globalThis.REDIS_UNDER_TEST === 'embedded' ? 50_000 : MANY_ON_SERVER;
/** Longest time of a run, in ms; the rest waits for it. WebAssembly is slower. */
const BOUND_MS = globalThis.REDIS_UNDER_TEST === 'embedded' ? 50 : 5;
const RUNS = 5;
const FILL_TIMEOUT_MS = 180_000;
/** Commands to a hash that a run needs, also one that forgets. */
const MOST_CALLS = 6;
/** Two fields of each that is forgotten in a run. */
const MOST_FORGOTTEN = 2 * 100;

describe('a run of the cart’s scripts', () => {
  const redisPrefix = '';
  let redisUrl: string;
  let redis: RedisClientType;
  let carts: CartRepository;

  beforeAll(async () => {
    redisUrl = await startRedisOfOwn();
    redis = await openRedis(redisUrl);
    const clients = { commands: redis, publisher: redis, subscriber: redis };
    const atTheMaster = new Durability(redis, false, String);
    carts = new CartRepository(clients, redisPrefix, new SessionKeys(redisPrefix), atTheMaster);
  });

  const operationsKey = ({ principal }: Session) =>
    `${redisPrefix}cart-operations:{${principalName(principal)}}`;

  const put = (session: Session, quantity: number, operationId: string = randomUUID()) =>
    carts.apply(session, {
      operationId,
      fingerprint: `set scale ${String(quantity)}`,
      lines: [{ mode: 'set', sku: 'scale', quantity, unitPrice: 3990 }],
    });

  const join = (session: Session) =>
    carts.apply(session, {
      operationId: randomUUID(),
      fingerprint: 'join',
      joined: Array.from({ length: 200 }, () => ({ operationId: randomUUID(), fingerprint: 'x' })),
      lines: [{ mode: 'set', sku: 'scale', quantity: 1, unitPrice: 3990 }],
    });

  describe.each<{ kept: Kept; count: number }>([
    { kept: 'in order', count: MANY },
    { kept: 'by version', count: MANY / 10 },
  ])('on $count old operations that are kept $kept', ({ kept, count }) => {
    let session: Session;

    beforeAll(async () => {
      session = await authorised({ redis, redisPrefix }, 'guest');
      const remembered = { count, kept, hoursAgo: 25 };
      await rememberOperations({ redis, redisPrefix }, session.principal, remembered);
    }, FILL_TIMEOUT_MS);

    /** The time of the fastest of some runs: another program may have had the processor in one of them. */
    async function fastest(run: (session: Session) => Promise<unknown>): Promise<number> {
      const times: number[] = [];
      for (let runs = 0; runs < RUNS; runs += 1) {
        times.push((await workOf(redis, () => run(session))).scriptMs);
      }
      return Math.min(...times);
    }

    // First, since the next writes what is kept in order.
    it('takes a guest’s cart with no more than join', async () => {
      const user = { kind: 'user', id: randomUUID() } as const;
      const taken = await carts.take(session.principal, user);

      // What an older version kept is in no order, and Redis counts it roughly.
      expect(taken?.operations.length).toBeLessThanOrEqual(kept === 'in order' ? 200 : 500);
      expect(await fastest((by) => carts.take(by.principal, user))).toBeLessThan(BOUND_MS);
    });

    it('applies an operation with as few commands as ever', async () => {
      for (let runs = 0; runs < RUNS; runs += 1) {
        const before = await redis.hLen(operationsKey(session));
        const { calls } = await workOf(redis, () => put(session, 1 + runs));

        const { hget = 0, hmget = 0, hset = 0, hdel = 0 } = calls;
        expect(hget + hmget + hset + hdel).toBeLessThanOrEqual(MOST_CALLS);
        const forgotten = before - (await redis.hLen(operationsKey(session)));
        expect(forgotten).toBeLessThanOrEqual(MOST_FORGOTTEN);
      }
      expect(await fastest((by) => put(by, 1))).toBeLessThan(BOUND_MS);
    });

    it('lets a guest’s operations join in time', async () => {
      const { calls } = await workOf(redis, () => join(session));

      expect(calls['hdel'] ?? 0).toBeLessThanOrEqual(1);
      expect(await fastest(join)).toBeLessThan(BOUND_MS);
    });

    it('throws a guest’s cart away in the background', async () => {
      const { calls } = await workOf(redis, () => carts.discard(session.principal));

      expect(calls).toMatchObject({ unlink: 1 });
      expect(calls).not.toHaveProperty('del');
    });
  });

  it('costs the same after 990 refusals as after one', async () => {
    const session = await authorised({ redis, redisPrefix });
    const log = await CommandLog.of(redisUrl);
    const written = async (quantity: number) =>
      (await log.during(() => put(session, quantity))).join('\n').length;
    await put(session, 1);

    const [refused, applied] = [await written(100), await written(1)];
    for (let count = 1; count < 990; count += 1) await put(session, 100);

    // Numbers have some more digits.
    expect(await written(100)).toBeLessThan(refused + 50);
    expect(await written(1)).toBeLessThan(applied + 50);
  });

  it('knows what an older version remembered', async () => {
    const session = await authorised({ redis, redisPrefix }, 'guest');
    const remembered = { count: 3, kept: 'by version', hoursAgo: 1 } as const;
    await rememberOperations({ redis, redisPrefix }, session.principal, remembered);
    const add = { operationId: 'operation-2', fingerprint: 'add scale 1', lines: [] };

    const taken = await carts.take(session.principal, { kind: 'user', id: randomUUID() });
    await put(session, 1);

    expect(taken?.operations).toHaveLength(3);
    expect(await carts.apply(session, add)).toMatchObject({ outcome: 'replayed' });
  });
});
