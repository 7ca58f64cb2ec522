import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { RedisClientType } from 'redis';
import type { StoredChange } from '../src/server/cart/cart.repository.js';
import { CartRepository } from '../src/server/cart/cart.repository.js';
import { CatalogService } from '../src/server/catalog/catalog.service.js';
import { type Principal, principalName, Session } from '../src/shared-session/index.js';
import { sessionHandle } from '../src/shared-session/session/session-handle.js';
import { CartModel, type ModelOperation } from './support/cart-model.js';
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

  /** A session that may write for a principal of its own. */
  async function authorised(kind: Principal['kind'] = 'user'): Promise<Session> {
    const principal = { kind, id: randomUUID() };
    const user = kind === 'user' ? { id: principal.id, roles: [] } : null;
    const carriedGuest = null;
    const end = Date.now() + 60_000;
    const limits = { idleExpiresAt: end, absoluteExpiresAt: end };
    const session = new Session(sessionHandle(randomUUID()), {
      principal,
      user,
      carriedGuest,
      ...limits,
    });
    await redis.zAdd(sessionsKey(session), { score: end, value: session.handle });
    return session;
  }

  const sessionsKey = ({ principal }: Session) =>
    `${redisPrefix}sessions:{${principalName(principal)}}`;

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

  const operation: fc.Arbitrary<ModelOperation> = fc.record({
    // Few, so that they come again, with the same content or another.
    operationId: fc.constantFrom('one', 'two', 'three', 'four', 'five'),
    type: fc.constantFrom('add', 'set', 'clear'),
    sku: fc.constantFrom('scale', 'cup-set', 'milk-jug', 'unicorn'),
    quantity: fc.oneof(fc.integer({ min: 0, max: 5 }), fc.constantFrom(98, 99, 100, 2 ** 31)),
  });

  it('does what a plain model does, whatever operations come', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { maxLength: 12 }), async (operations) => {
        const session = await authorised();
        const model = new CartModel((sku) => catalog.find(sku)?.unitPrice.amount);
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
      }),
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
    // A day longer than its session.
    ['guest', 86_400 + 60],
  ] as const)('keeps the cart of a %s for %i s (-1: for good)', async (kind, seconds) => {
    const session = await authorised(kind);

    const add = { operationId: 'one', type: 'add', sku: 'scale', quantity: 1 } as const;
    expect(await apply(session, add)).toMatchObject({ outcome: 'applied' });

    const left = await redis.ttl(`${redisPrefix}cart:{${principalName(session.principal)}}`);
    // A slow machine may have seen some seconds pass.
    expect(left).toBeGreaterThan(seconds - 60);
    expect(left).toBeLessThanOrEqual(seconds);
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

  it('forgets operations after 24 h, in the same step as the next one', async () => {
    const session = await authorised();
    const add = (operationId: string): ModelOperation => ({
      operationId,
      type: 'add',
      sku: 'scale',
      quantity: 1,
    });
    await apply(session, { ...add('refused'), quantity: 100 });
    for (const id of ['one', 'two', 'three']) await apply(session, add(id));
    const key = `${redisPrefix}cart-operations:{user:${session.principal.id}}`;
    for (const id of ['refused', 'one', 'two', 'oldest'])
      await redis.hSet(key, id, await aged(key, id));

    await apply(session, add('four'));

    expect(Object.keys(await redis.hGetAll(key)).sort()).toEqual(
      ['3', '4', 'four', 'oldest', 'three'].sort(),
    );
    expect((await apply(session, add('three'))).outcome).toBe('replayed');
  });

  it('keeps a refusal for 24 h, also where the version that it was made at is older', async () => {
    const session = await authorised();
    const put = (operationId: string, type: 'add' | 'set', quantity: number) =>
      apply(session, { operationId, type, sku: 'scale', quantity });
    const key = `${redisPrefix}cart-operations:{user:${session.principal.id}}`;
    await put('fill', 'set', 99);
    for (const id of ['fill', 'oldest']) await redis.hSet(key, id, await aged(key, id));
    await put('late', 'add', 1);

    await put('empty', 'set', 0);

    expect((await put('late', 'add', 1)).outcome).toBe('limit');
  });

  /** An operation as it was stored 25 h ago. */
  async function aged(key: string, id: string): Promise<string> {
    const stored = (await redis.hGet(key, id)) ?? '';
    return stored.replace(/^\d+/, (at) => String(Number(at) - 25 * 3_600_000));
  }
});

function contentOf({ version, total, lines }: StoredChange) {
  return { version, total, lines: lines.map(({ sku, quantity }) => ({ sku, quantity })) };
}
