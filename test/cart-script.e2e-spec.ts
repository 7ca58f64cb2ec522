import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { RedisClientType } from 'redis';
import type { StoredChange } from '../src/server/cart/cart.repository.js';
import { CartRepository, MOST_KEPT } from '../src/server/cart/cart.repository.js';
import { CatalogService } from '../src/server/catalog/catalog.service.js';
import { type Principal, principalName, type Session } from '../src/shared-session/index.js';
import { CartModel, type ModelOperation } from './support/cart-model.js';
import { authorised as authorisedFor, SET_KEPT_MS } from './support/cart-session.js';
import { openRedis, startRedis } from './support/redis-under-test.js';
import { startTestNode, uniquePrefix } from './support/test-node.js';

const RUNS = globalThis.REDIS_UNDER_TEST === 'embedded' ? 60 : 150;

describe('the cart script', () => {
  const redisPrefix = uniquePrefix();
  const catalog = new CatalogService();
  let redis: RedisClientType;
  let carts: CartRepository;

  beforeAll(async () => {
    const redisUrl = await startRedis();
    redis = await openRedis(redisUrl);
    const { app } = await startTestNode({ redisUrl, redisPrefix });
    carts = app.get(CartRepository, { strict: false });
  });

  const authorised = (kind?: Principal['kind']) => authorisedFor({ redis, redisPrefix }, kind);

  const sessionsKey = ({ principal }: Session) =>
    `${redisPrefix}sessions:{${principalName(principal)}}`;

  const cartKey = ({ principal }: Session) => `${redisPrefix}cart:{${principalName(principal)}}`;

  const operationsKey = ({ principal }: Session) =>
    `${redisPrefix}cart-operations:{${principalName(principal)}}`;

  async function apply(session: Session, { operationId, type, sku, quantity }: ModelOperation) {
    const unitPrice = catalog.find(sku)?.unitPrice.amount;
    const { outcome, change } = await carts.apply(session, {
      operationId,
      fingerprint: `${type} ${sku} ${String(quantity)}`,
      ...(type === 'clear'
        ? { clear: true, lines: [] }
        : { lines: [{ mode: type, sku, quantity, unitPrice }] }),
    });
    return { outcome, change };
  }

  /** Lets a guest's operations join, as many as the cart remembers or fewer. */
  function join(session: Session, joined: readonly string[], operationId = 'join') {
    const fingerprint = 'join';
    const operations = joined.map((operationId) => ({ operationId, fingerprint }));
    return carts.apply(session, {
      operationId,
      fingerprint,
      joined: operations,
      lines: [],
    });
  }

  const operation: fc.Arbitrary<ModelOperation> = fc.record({
    // Few, so that they come again, with the same content or another; and some that joined.
    operationId: fc.constantFrom('one', 'two', 'three', 'four', 'five', 'joined-0', 'joined-1'),
    type: fc.constantFrom('add', 'set', 'clear'),
    sku: fc.constantFrom('scale', 'cup-set', 'milk-jug', 'unicorn'),
    quantity: fc.oneof(fc.integer({ min: 0, max: 5 }), fc.constantFrom(98, 99, 100, 2 ** 31)),
  });

  it('does what a plain model does, whatever operations come', async () => {
    const joining = fc.oneof(fc.constant(0), fc.integer({ min: 190, max: MOST_KEPT.guest - 1 }));
    await fc.assert(
      fc.asyncProperty(
        fc.array(operation, { maxLength: 12 }),
        joining,
        async (operations, joined) => {
          const session = await authorised('guest');
          const model = new CartModel(
            (sku) => catalog.find(sku)?.unitPrice.amount,
            MOST_KEPT.guest,
          );
          const ids = Array.from({ length: joined }, (_, index) => `joined-${String(index)}`);
          if (joined > 0) expect(await join(session, ids)).toMatchObject(model.join('join', ids));
          for (const each of operations) {
            const valid = each.type === 'add' ? { ...each, quantity: each.quantity || 1 } : each;
            const expected = model.apply(valid);

            const { outcome, change } = await apply(session, valid);

            expect(outcome).toBe(expected.outcome);
            expect(change && contentOf(change)).toEqual(expected.change);
            const stored = await carts.read(session.principal);
            expect(new Map(stored.lines.map((line) => [line.sku, line.quantity]))).toEqual(
              model.quantities,
            );
            expect(stored.version).toBe(model.version);
          }
        },
      ),
      { numRuns: RUNS },
    );
  }, 60_000);

  it('writes nothing for a session that is not the principal’s, or is past its end', async () => {
    const session = await authorised();
    const add: ModelOperation = { operationId: 'one', type: 'add', sku: 'scale', quantity: 1 };
    const score = Date.now() - 1;

    await redis.zAdd(sessionsKey(session), { score, value: session.handle });
    expect(await apply(session, add)).toEqual({ outcome: 'ended' });
    await redis.del(sessionsKey(session));
    expect(await apply(session, add)).toEqual({ outcome: 'ended' });

    expect((await carts.read(session.principal)).version).toBe(0);
  });

  it.each([
    ['user', -1],
    ['guest', SET_KEPT_MS / 1000],
  ] as const)('keeps the cart of a %s for %i s (-1: for good)', async (kind, seconds) => {
    const session = await authorised(kind);

    const add = { operationId: 'one', type: 'add', sku: 'scale', quantity: 1 } as const;
    expect(await apply(session, add)).toMatchObject({ outcome: 'applied' });

    const left = await redis.ttl(cartKey(session));
    // A slow machine may have seen some seconds pass.
    expect(left).toBeGreaterThan(seconds - 60);
    expect(left).toBeLessThanOrEqual(seconds);
  });

  it('keeps no operation of a guest’s longer than its cart, applied or refused', async () => {
    const session = await authorised('guest');
    const add = { operationId: 'one', type: 'add', sku: 'scale', quantity: 1 } as const;

    await apply(session, { ...add, quantity: 100 });
    const refused = await redis.pTTL(operationsKey(session));
    await apply(session, { ...add, operationId: 'two' });

    expect(refused).toBeGreaterThan(0);
    expect(refused).toBeLessThanOrEqual(SET_KEPT_MS);
    expect(await redis.pTTL(operationsKey(session))).toBeLessThanOrEqual(SET_KEPT_MS);
  });

  it('never shortens the life of a guest’s cart: it may be about to join a user’s', async () => {
    const session = await authorised('guest');
    const add = { operationId: 'one', type: 'add', sku: 'scale', quantity: 1 } as const;
    await apply(session, add);
    await redis.pExpire(cartKey(session), 10 * SET_KEPT_MS);

    await apply(session, { ...add, operationId: 'two' });

    expect(await redis.pTTL(cartKey(session))).toBeGreaterThan(SET_KEPT_MS);
  });

  it('holds at most 100 products', async () => {
    const session = await authorised();
    const lines = (from: number, count: number) =>
      Array.from({ length: count }, (_, index) => ({
        mode: 'add' as const,
        sku: `product-${String(from + index)}`,
        quantity: 1,
        unitPrice: 100,
      }));
    const put = (from: number, count: number) => {
      const operationId = randomUUID();
      return carts.apply(session, { operationId, fingerprint: 'x', lines: lines(from, count) });
    };

    expect((await put(0, 100)).outcome).toBe('applied');
    expect((await put(100, 1)).outcome).toBe('limit');
    expect((await put(99, 1)).outcome).toBe('applied');
    expect((await carts.read(session.principal)).lines).toHaveLength(100);
  });

  it('remembers that it refused an operation, also when there is room later', async () => {
    const session = await authorised();
    const put = (operationId: string, type: 'add' | 'set', quantity: number) =>
      apply(session, { operationId, type, sku: 'scale', quantity });
    await put('fill', 'set', 99);

    expect((await put('late', 'add', 1)).outcome).toBe('limit');
    await put('empty', 'set', 0);

    expect((await put('late', 'add', 1)).outcome).toBe('limit');
    expect((await carts.read(session.principal)).lines).toEqual([]);
  });

  it.each(Object.entries(MOST_KEPT) as [Principal['kind'], number][])(
    'remembers of a %s the last %i operations, refusals among them',
    async (kind, most) => {
      const session = await authorised(kind);
      // Every second one is refused.
      const put = (number: number) => {
        const operationId = `operation-${String(number)}`;
        const quantity = number % 2 === 0 ? 1 : 100;
        return apply(session, { operationId, type: 'set', sku: 'scale', quantity });
      };
      for (let number = 0; number <= most; number += 1) await put(number);

      // Only of the first everything is forgotten.
      expect(await redis.hLen(operationsKey(session))).toBe(2 * most + 1);
      expect((await put(1)).outcome).toBe('limit');
      expect((await put(2)).outcome).toBe('replayed');
      expect((await put(0)).outcome).toBe('applied');
      expect((await put(2)).outcome).toBe('replayed');
    },
  );

  it('makes room for all that join', async () => {
    const session = await authorised('guest');
    const ids = (name: string, count: number) =>
      Array.from({ length: count }, (_, index) => `${name}-${String(index)}`);
    await join(session, ids('earlier', MOST_KEPT.guest - 1));

    await join(session, ids('later', MOST_KEPT.guest - 1), 'another');

    expect(await redis.hLen(operationsKey(session))).toBe(2 * MOST_KEPT.guest + 1);
    expect((await join(session, [], 'another')).outcome).toBe('replayed');
  });

  it('forgets operations after 24 h, in the same step as the next one', async () => {
    const session = await authorised();
    for (const id of ['refused', 'one', 'two', 'three']) {
      const quantity = id === 'refused' ? 100 : 1;
      await apply(session, { operationId: id, type: 'add', sku: 'scale', quantity });
    }
    await makeOlder(session, ['#1', '#2', '#3']);
    const add = { operationId: 'four', type: 'add', sku: 'scale', quantity: 1 } as const;

    await apply(session, add);

    expect(Object.keys(await redis.hGetAll(operationsKey(session))).sort()).toEqual(
      ['#4', '#5', 'four', 'kept', 'three'].sort(),
    );
    expect((await apply(session, { ...add, operationId: 'three' })).outcome).toBe('replayed');
  });

  it('forgets the first 100 of those that are over 24 h old, and the next with the next', async () => {
    const session = await authorised('guest');
    const ids = Array.from({ length: 149 }, (_, index) => `joined-${String(index)}`);
    await join(session, ids);
    await makeOlder(
      session,
      [...ids, 'join'].map((_, index) => `#${String(index + 1)}`),
    );
    const put = async (operationId: string) => {
      await apply(session, { operationId, type: 'set', sku: 'scale', quantity: 1 });
      return redis.hLen(operationsKey(session));
    };

    // Two fields for each.
    expect(await put('one')).toBe(2 * (50 + 1) + 1);
    expect(await put('two')).toBe(2 * 2 + 1);
  });

  /** Makes operations, by their places in the order, as if they had been stored 25 h before. */
  async function makeOlder(session: Session, entries: readonly string[]): Promise<void> {
    const key = operationsKey(session);
    const hours = 25 * 3_600_000;
    for (const entry of entries) {
      const stored = (await redis.hGet(key, entry)) ?? '';
      await redis.hSet(
        key,
        entry,
        stored.replace(/^\d+/, (at) => String(Number(at) - hours)),
      );
    }
    const kept = (await redis.hGet(key, 'kept')) ?? '';
    await redis.hSet(
      key,
      'kept',
      kept.replace(/\d+$/, (at) => String(Number(at) - hours)),
    );
  }
});

function contentOf({ version, total, lines }: StoredChange) {
  return { version, total, lines: lines.map(({ sku, quantity }) => ({ sku, quantity })) };
}
