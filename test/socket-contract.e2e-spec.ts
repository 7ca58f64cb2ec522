import { beforeAll, describe, expect, it } from '@jest/globals';
import { CartChange, CartSnapshot } from '../src/server/cart/cart.contract.js';
import { SessionDescription, SessionExpiry } from '../src/shared-session/index.js';
import { startRedis } from './support/redis-under-test.js';
import { startTestNode, type TestNode, uniquePrefix } from './support/test-node.js';
import { operation, Visitor } from './support/visitor.js';

const INVALID = 'INVALID_PAYLOAD';
const UNMEASURABLE = { version: 0, revision: { length: { valueOf: 1, toString: 1 } } };

describe('a socket', () => {
  let a: TestNode;
  let b: TestNode;

  beforeAll(async () => {
    const redis = { redisUrl: await startRedis(), redisPrefix: uniquePrefix() };
    [a, b] = await Promise.all([startTestNode(redis), startTestNode(redis)]);
  });

  it('is told first whose session it carries, and on which node', async () => {
    const visitor = await new Visitor(a).register();
    const { body } = await visitor.get<SessionDescription>('/session');

    const ready = await visitor.socket(b).ready();

    expect(SessionDescription.parse(ready)).toMatchObject({
      principal: body.principal,
      user: { email: visitor.email },
      handle: body.handle,
      node: b.name,
    });
  });

  it('is subscribed when it is ready: a change in that very moment arrives', async () => {
    for (let round = 0; round < 20; round += 1) {
      const visitor = await new Visitor(a).arrive();
      const socket = visitor.socket(b);
      await socket.ready();

      await visitor.post('/cart/operations', operation('add', 'scale', 1));

      await socket.next('cart:changed');
    }
  });

  it('session:get answers as GET /session', async () => {
    const visitor = await new Visitor(a).register();
    const socket = await visitor.connect(a);

    const session = await socket.get<SessionDescription>('session:get');

    const { body } = await visitor.get<SessionDescription>('/session');
    expect(session).toMatchObject({ handle: body.handle, user: body.user, node: a.name });
  });

  it('session:extend moves the idle end and leaves the absolute end', async () => {
    const visitor = await new Visitor(a).arrive();
    const socket = visitor.socket(b);
    const before = await socket.ready<SessionExpiry>();

    const after = SessionExpiry.parse(await socket.get('session:extend'));

    expect(Date.parse(after.idleExpiresAt)).toBeGreaterThanOrEqual(
      Date.parse(before.idleExpiresAt),
    );
    expect(after.absoluteExpiresAt).toBe(before.absoluteExpiresAt);
  });

  it('cart:apply answers as POST /cart/operations and tells every tab on every node', async () => {
    const visitor = await new Visitor(a).register();
    const [here, there] = [await visitor.connect(a), await visitor.connect(b)];
    const add = operation('add', 'scale', 2);

    const result = await here.get<{ replayed: boolean; change: CartChange }>('cart:apply', add);

    const change = CartChange.parse(result.change);
    expect(change).toMatchObject({
      version: 1,
      previousRevision: '',
      operationId: add.operationId,
    });
    expect(await here.next('cart:changed')).toEqual(change);
    expect(await there.next('cart:changed')).toEqual(change);
    expect(await visitor.post('/cart/operations', add)).toMatchObject({
      body: { replayed: true, change },
    });
  });

  it('cart:apply tells every tab once more of what is sent again: they may not have heard of it', async () => {
    const visitor = await new Visitor(a).register();
    const tab = await visitor.connect(b);
    const add = operation('add', 'scale', 2);
    await visitor.post('/cart/operations', add);
    const change = await tab.next('cart:changed');

    await visitor.post('/cart/operations', add);

    expect(await tab.next('cart:changed')).toEqual(change);
  });

  it('cart:get answers as GET /cart', async () => {
    const visitor = await new Visitor(a).register();
    const socket = await visitor.connect(b);
    await socket.get('cart:apply', operation('add', 'scale', 2));

    const cart = CartSnapshot.parse(await socket.get('cart:get'));

    expect(cart).toEqual((await visitor.get('/cart')).body);
  });

  it('cart:sync gives the cart only where the client does not have it as it is', async () => {
    const visitor = await new Visitor(a).register();
    const socket = await visitor.connect(b);
    await socket.get('cart:apply', operation('add', 'scale', 2));
    const { version, revision } = await socket.get<CartSnapshot>('cart:get');

    expect(await socket.get('cart:sync', { version, revision })).toEqual({ upToDate: true });
    for (const position of [
      { version: 0, revision: '' },
      { version, revision: 'a fork' },
    ]) {
      expect(await socket.get('cart:sync', position)).toMatchObject({
        upToDate: false,
        cart: { version, revision },
      });
    }
  });

  it('versions rise by one, and each change names the one before it', async () => {
    const visitor = await new Visitor(a).register();
    const socket = await visitor.connect(b);
    const skus = ['scale', 'cup-set', 'milk-jug', 'travel-mug'];

    await Promise.all(skus.map((sku) => socket.get('cart:apply', operation('add', sku, 1))));

    let previous = '';
    for (let version = 1; version <= skus.length; version += 1) {
      const change = await socket.next<CartChange>(
        'cart:changed',
        (each) => each.version === version,
      );
      expect(change.previousRevision).toBe(previous);
      previous = change.revision;
    }
  });

  it('set replaces a quantity, set 0 and clear remove lines', async () => {
    const visitor = await new Visitor(a).arrive();
    const socket = await visitor.connect(a);
    await socket.get('cart:apply', operation('add', 'scale', 2));
    await socket.get('cart:apply', operation('set', 'scale', 5));
    await socket.get('cart:apply', operation('add', 'cup-set', 1));

    const removed = await socket.get('cart:apply', operation('set', 'scale', 0));
    const { operationId } = operation('add', 'scale', 1);
    const cleared = await socket.get('cart:apply', { operationId, type: 'clear' });

    expect(removed).toMatchObject({ change: { lines: [{ sku: 'scale', quantity: 0 }] } });
    expect(cleared).toMatchObject({
      change: { lines: [{ sku: 'cup-set', quantity: 0 }], total: { amount: 0 } },
    });
  });

  it('keeps the guest’s cart when the guest signs in', async () => {
    const visitor = await new Visitor(a).arrive();
    await visitor.post('/cart/operations', operation('add', 'scale', 2));

    await visitor.register();

    const { body } = await visitor.get<CartSnapshot>('/cart', b);
    expect(body.lines).toMatchObject([{ sku: 'scale', quantity: 2 }]);
  });

  describe('whatever it sends', () => {
    it.each<[string, string, unknown[], string]>([
      ['an event without a handler', 'cart:steal', [], 'NOT_FOUND'],
      ['an event named like a method of every object', 'toString', [], 'NOT_FOUND'],
      ['an event that only the server sends', 'session:ready', [{}], 'NOT_FOUND'],
      ['no payload where one is needed', 'cart:apply', [], 'INVALID_PAYLOAD'],
      ['two payloads', 'cart:apply', [operation('add', 'scale', 1), {}], 'INVALID_PAYLOAD'],
      ['a list', 'cart:apply', [[operation('add', 'scale', 1)]], 'INVALID_PAYLOAD'],
      ['null', 'cart:apply', [null], 'INVALID_PAYLOAD'],
      ['an object with a length for a text', 'cart:sync', [{ revision: { length: {} } }], INVALID],
      ['an object that no schema can measure', 'cart:sync', [UNMEASURABLE], INVALID],
      ['an unknown product', 'cart:apply', [operation('add', 'unicorn', 1)], 'NOT_FOUND'],
      ['too many', 'cart:apply', [operation('add', 'scale', 100)], 'LIMIT_EXCEEDED'],
      [
        'a polluted prototype',
        'cart:apply',
        [JSON.parse('{"__proto__":{"polluted":true},"type":"clear"}')],
        'INVALID_PAYLOAD',
      ],
    ])('%s is answered with a code, and changes nothing', async (_, event, payload, code) => {
      const visitor = await new Visitor(a).arrive();
      const socket = await visitor.connect(a);

      const answer = await socket.ask(event, ...payload);

      expect(answer).toMatchObject({ ok: false, error: { code, message: expect.any(String) } });
      expect(await socket.get('cart:get')).toMatchObject({ version: 0, lines: [] });
      expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    });

    it('an event that asks for no answer is handled all the same', async () => {
      const visitor = await new Visitor(a).arrive();
      const socket = await visitor.connect(a);

      socket.client.emit('cart:apply', operation('add', 'scale', 1));
      socket.client.emit('no:such', 'event');

      expect(await socket.next('cart:changed')).toMatchObject({ version: 1 });
    });

    it('two acknowledgement callbacks are refused and harm nobody', async () => {
      const visitor = await new Visitor(a).arrive();
      const socket = await visitor.connect(a);
      const [one, two] = [() => undefined, () => undefined];

      socket.client.emit('cart:apply', one, two);

      expect(await socket.get('cart:get')).toMatchObject({ version: 0 });
    });

    it('a message above 16 KB closes this connection alone', async () => {
      const visitor = await new Visitor(a).arrive();
      const [big, other] = [await visitor.connect(a), await visitor.connect(a)];

      big.client.emit('cart:apply', 'x'.repeat(20_000));

      await big.next('disconnect');
      expect(await other.get('cart:get')).toMatchObject({ version: 0 });
    });
  });

  it('reports a bug as INTERNAL and keeps its message to itself', async () => {
    const visitor = await new Visitor(a).arrive();
    const socket = await visitor.connect(a);
    const { CartService } = await import('../src/server/cart/cart.service.js');
    const cart = a.app.get(CartService, { strict: false });
    const get = cart.get.bind(cart);
    cart.get = () => Promise.reject(new Error('secret detail'));

    const answer = await socket.ask('cart:get');

    cart.get = get;
    expect(answer).toMatchObject({ ok: false, error: { code: 'INTERNAL' } });
    expect(JSON.stringify(answer)).not.toContain('secret');
  });
});
