import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { RedisClientType } from 'redis';
import { AccountsService } from '../src/server/accounts/accounts.service.js';
import { addUpQuantities } from '../src/server/cart/cart-merge.js';
import type { CartSnapshot } from '../src/server/cart/cart.contract.js';
import { CartRepository } from '../src/server/cart/cart.repository.js';
import { GuestCarts } from '../src/server/cart/guest-carts.js';
import {
  type Principal,
  Session,
  Sessions,
  SessionStoreUnavailableError,
} from '../src/shared-session/index.js';
import { StoredSessions } from '../src/shared-session/store/stored-sessions.js';
import { openRedis, startRedis } from './support/redis-under-test.js';
import { startTestNode, type TestNode, uniquePrefix } from './support/test-node.js';
import { operation, Visitor } from './support/visitor.js';

describe('the guest’s cart joins the user’s', () => {
  let a: TestNode;
  let b: TestNode;
  let redis: RedisClientType;
  const redisPrefix = uniquePrefix();

  beforeAll(async () => {
    const settings = { redisUrl: await startRedis(), redisPrefix };
    redis = await openRedis(settings.redisUrl);
    [a, b] = await Promise.all([startTestNode(settings), startTestNode(settings)]);
  });

  const quantityOf = async (visitor: Visitor, sku: string, at: TestNode = a): Promise<number> => {
    const { body } = await visitor.get<CartSnapshot>('/cart', at);
    return body.lines.find((line) => line.sku === sku)?.quantity ?? 0;
  };
  /** A user with 3 scales in the cart, who is a guest with 2 now. */
  const returning = async (): Promise<Visitor> => {
    const visitor = await new Visitor(a).register();
    await visitor.post('/cart/operations', operation('add', 'scale', 3));
    await visitor.logout();
    await visitor.arrive();
    await visitor.post('/cart/operations', operation('add', 'scale', 2));
    return visitor;
  };

  it('by adding up, and tells the user’s tabs what changed', async () => {
    const visitor = await returning();
    const elsewhere = await new Visitor(b).login(visitor.email);
    const socket = await elsewhere.connect();

    await visitor.login();

    expect(await quantityOf(visitor, 'scale')).toBe(5);
    expect(await socket.next('cart:changed')).toMatchObject({
      version: 2,
      lines: [{ sku: 'scale', quantity: 5 }],
    });
  });

  it('up to 99 of each', async () => {
    const visitor = await new Visitor(a).register();
    await visitor.post('/cart/operations', operation('add', 'scale', 60));
    await visitor.logout();
    await visitor.arrive();
    await visitor.post('/cart/operations', operation('add', 'scale', 60));

    await visitor.login();

    expect(await quantityOf(visitor, 'scale')).toBe(99);
  });

  it('exactly once when two tabs sign in at the same moment', async () => {
    for (let round = 0; round < 10; round += 1) {
      const visitor = await returning();
      const tabs = [new Visitor(a), new Visitor(b)];
      for (const tab of tabs) tab.cookie = visitor.cookie;

      await Promise.all(tabs.map((tab) => tab.login(visitor.email)));

      const [tab = visitor] = tabs;
      expect(await quantityOf(tab, 'scale')).toBe(5);
      expect((await tab.get<CartSnapshot>('/cart', b)).body.version).toBe(2);
    }
  });

  it.each(['take', 'apply', 'discard', 'note'] as const)(
    'exactly once when the process dies before the step "%s"',
    async (step) => {
      const visitor = await returning();
      const restore = dieAt(a, step);

      const { status } = await visitor.tryLogin();
      restore();

      // The response, and with it the cookie, may be lost; here the visitor has the new session.
      expect(status).toBe(200);
      expect(await quantityOf(visitor, 'scale', b)).toBe(5);
      expect(await quantityOf(visitor, 'scale', a)).toBe(5);
      expect((await visitor.get<CartSnapshot>('/cart')).body.version).toBe(2);
    },
  );

  it('exactly once when the process dies and the new cookie is lost with it', async () => {
    const visitor = await returning();
    const restore = dieAt(a, 'take');
    const lost = new Visitor(a);
    lost.cookie = visitor.cookie;
    await lost.tryLogin(visitor.email);
    restore();

    await visitor.login();

    expect(await quantityOf(visitor, 'scale')).toBe(5);
  });

  it('with its operations: one that is sent again after the sign-in is not applied twice', async () => {
    const visitor = await new Visitor(a).arrive();
    const add = operation('add', 'scale', 2);
    await visitor.post('/cart/operations', add);
    await visitor.register();

    const again = await visitor.post('/cart/operations', add);
    const other = await visitor.post('/cart/operations', { ...add, quantity: 3 });

    expect(again.body).toMatchObject({ replayed: true });
    expect(other.body).toMatchObject({ error: { code: 'OPERATION_MISMATCH' } });
    expect(await quantityOf(visitor, 'scale')).toBe(2);
  });

  it('with its last 200 operations: each that is sent again after the sign-in counts as applied', async () => {
    const visitor = await new Visitor(a).arrive();
    const [first, ...last] = Array.from({ length: 201 }, () => operation('set', 'scale', 2));
    for (const each of [first, ...last]) await visitor.post('/cart/operations', each);
    await visitor.register();
    const replayed = async (each: unknown) =>
      ((await visitor.post('/cart/operations', each)).body as { replayed: boolean }).replayed;

    const answers = await Promise.all(last.map(replayed));

    expect(answers).toEqual(Array.from({ length: 200 }, () => true));
    expect(await replayed(first)).toBe(false);
  });

  it('with its lines, where its operations have been forgotten', async () => {
    const visitor = await returning();
    await redis.del(await redis.keys(`${redisPrefix}cart-operations:{guest:*`));

    await visitor.login();

    expect(await quantityOf(visitor, 'scale')).toBe(5);
  });

  it('and stays where it is if the merge does not fit', async () => {
    const visitor = await returning();
    const carts = a.app.get(GuestCarts, { strict: false });
    Object.assign(carts, { merge: () => [{ sku: 'scale', quantity: 100 }] satisfies unknown[] });

    await visitor.login();
    Object.assign(carts, { merge: addUpQuantities });

    expect(await quantityOf(visitor, 'scale')).toBe(3);
    const left = await redis.keys(`${redisPrefix}cart:{guest:*`);
    expect(await Promise.all(left.map((key) => redis.hGet(key, 'line:scale')))).toContainEqual(
      expect.stringMatching(/^2:/),
    );
  });

  it('into the cart of whom it was taken for, whoever else comes before that is done', async () => {
    const [ada, grace] = [await returning(), await new Visitor(a).register()];
    const { body } = await ada.get<{ principal: Principal }>('/session');
    const restore = dieAt(a, 'apply');
    await ada.login();
    restore();

    // As another tab of the guest's that signed in as somebody else at the same time.
    const carts = a.app.get(GuestCarts, { strict: false });
    const { body: other } = await grace.get<{ principal: Principal }>('/session');
    const end = Date.now() + 60_000;
    const facts = { principal: other.principal, user: null, carriedGuest: body.principal.id };
    const ends = { idleExpiresAt: end, absoluteExpiresAt: end };
    const limits = { idleMs: 60_000, absoluteMs: 60_000 };
    await carts.join(new Session(grace.handle, { ...facts, ...ends, limits, authenticatedOn: 0 }));

    expect(await quantityOf(ada, 'scale')).toBe(5);
  });

  it('though all sessions end before that is done', async () => {
    const visitor = await returning();
    const elsewhere = await new Visitor(b).login(visitor.email);
    const restore = dieAt(a, 'take');
    await visitor.login();
    restore();

    expect((await elsewhere.request('DELETE', '/devices')).status).toBe(204);

    expect(await quantityOf(elsewhere, 'scale', b)).toBe(5);
  });

  it('not, if the sign-in fails: the guest keeps session and cart', async () => {
    const visitor = await returning();
    const { cookie, handle } = visitor;
    const stored = a.app.get(StoredSessions, { strict: false });
    jest.spyOn(stored, 'start').mockRejectedValueOnce(new SessionStoreUnavailableError());

    const answer = await visitor.tryLogin();

    expect([answer.status, visitor.cookie]).toEqual([503, cookie]);
    expect(answer.headers.getSetCookie()).toEqual([]);
    expect((await visitor.get('/session')).body).toMatchObject({ handle, user: null });
    expect(await quantityOf(visitor, 'scale')).toBe(2);
  });

  it('not, if the sign-in is taken back: nobody is signed in', async () => {
    const visitor = await returning();
    const { cookie, handle } = visitor;
    const accounts = a.app.get(AccountsService, { strict: false });
    jest.spyOn(accounts, 'find').mockRejectedValueOnce(new SessionStoreUnavailableError());

    const answer = await visitor.tryLogin();

    expect([answer.status, visitor.cookie]).toEqual([503, cookie]);
    expect((await visitor.get('/session')).body).toMatchObject({ handle, user: null });
    const { id } = (
      await new Visitor(a).login(visitor.email).then((user) => user.get('/user/profile'))
    ).body as { id: string };
    const sessions = await a.app.get(Sessions, { strict: false }).list({ kind: 'user', id });
    expect(sessions).toHaveLength(1);
  });

  it('though the guest’s session is over long before that is done', async () => {
    const visitor = await returning();
    const join = jest.spyOn(a.app.get(GuestCarts, { strict: false }), 'joinAll');
    join.mockRejectedValueOnce(new SessionStoreUnavailableError(new Error('gone')));
    await visitor.login();
    // The guest's are those with an end.
    const keys = await redis.keys(`${redisPrefix}cart:{guest:*`);
    const lives = await Promise.all(keys.map((key) => redis.ttl(key)));

    expect(Math.max(...lives)).toBeGreaterThan(43_200);
    expect(await quantityOf(visitor, 'scale')).toBe(5);
  });

  it('into one user’s cart only, whoever else signs in from the same guest session', async () => {
    const guest = await new Visitor(a).arrive();
    await guest.post('/cart/operations', operation('add', 'scale', 2));
    const [ada, grace] = [await new Visitor(a).register(), await new Visitor(a).register()];
    const { cookie } = guest;
    const tabs = [ada, grace].map((user) => {
      const tab = new Visitor(a);
      tab.cookie = cookie;
      return tab.login(user.email);
    });

    const quantities = await Promise.all(
      (await Promise.all(tabs)).map((tab) => quantityOf(tab, 'scale')),
    );

    expect(quantities.sort()).toEqual([0, 2]);
  });
});

/** Makes one step of the join fail once, as if the process had died there. */
function dieAt({ app }: TestNode, step: 'take' | 'apply' | 'discard' | 'note'): () => void {
  const died = () => Promise.reject(new Error('the process died here'));
  if (step === 'note') {
    const sessions = app.get(Sessions, { strict: false });
    sessions.forgetCarriedGuest = died;
    return () => Reflect.deleteProperty(sessions, 'forgetCarriedGuest');
  }
  const carts = app.get(CartRepository, { strict: false });
  carts[step] = died;
  // The method of the class shows again.
  return () => Reflect.deleteProperty(carts, step);
}
