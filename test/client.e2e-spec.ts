import { beforeAll, describe, expect, it } from '@jest/globals';
import type { LiveSession } from '../src/client/index.js';
import { eventually } from '../src/testing/eventually.js';
import { cartOf, openLiveTab, openTab } from './support/browser-tab.js';
import { makeLossy } from './support/lossy.js';
import { RedisProxy } from './support/redis-proxy.js';
import { openRedis, startRedis } from './support/redis-under-test.js';
import { TcpProxy } from './support/tcp-proxy.js';
import { startTestNode, type TestNode, uniquePrefix } from './support/test-node.js';
import { Visitor } from './support/visitor.js';

const SCALE = {
  sku: 'scale',
  name: 'Scale with timer',
  unitPrice: { amount: 3990, currency: 'EUR' },
} as const;

const quantityIn = (tab: LiveSession, sku = 'scale'): number | undefined =>
  cartOf(tab)
    .getSnapshot()
    .state?.lines.find((line) => line.sku === sku)?.quantity;
const statusOf = (tab: LiveSession) => tab.getSnapshot().status;

describe('the browser client', () => {
  const redisPrefix = uniquePrefix();
  let redisUrl: string;
  let a: TestNode;
  let b: TestNode;
  /** The way to node A for tabs that lose their network. */
  let network: TcpProxy;

  beforeAll(async () => {
    redisUrl = await startRedis();
    [a, b] = await Promise.all([
      startTestNode({ redisUrl, redisPrefix }),
      startTestNode({ redisUrl, redisPrefix }),
    ]);
    network = await TcpProxy.to(a.url);
  });

  it('starts a guest session and is live', async () => {
    const tab = await openLiveTab(new Visitor(a), a);

    expect(tab.getSnapshot()).toMatchObject({
      status: 'live',
      degraded: false,
      session: { principal: { kind: 'guest' }, node: a.name },
      expiring: null,
      ended: null,
    });
  });

  it('shows an operation at once, and in the other tabs when the server has it', async () => {
    const visitor = await new Visitor(a).register();
    const [tab, other] = [await openLiveTab(visitor, a), await openLiveTab(visitor, b)];
    await eventually(() => cartOf(tab).getSnapshot().state && cartOf(other).getSnapshot().state);

    const settled = cartOf(tab).add(SCALE, 2);

    expect(quantityIn(tab)).toBe(2);
    expect(cartOf(tab).getSnapshot().pending).toBe(1);
    expect(await settled).toMatchObject({ applied: true, change: { version: 1 } });
    expect(cartOf(tab).getSnapshot().pending).toBe(0);
    await eventually(() => quantityIn(other) === 2);
  });

  it('rolls back what the server refuses', async () => {
    const tab = await openLiveTab(new Visitor(a), a);
    await eventually(() => cartOf(tab).getSnapshot().state);

    const settled = cartOf(tab).add(SCALE, 100);

    expect(quantityIn(tab)).toBe(100);
    expect(await settled).toMatchObject({ applied: false, error: { code: 'LIMIT_EXCEEDED' } });
    expect(quantityIn(tab)).toBeUndefined();
  });

  it('keeps what is done offline, and applies it in order, once, when it is back', async () => {
    const visitor = await new Visitor(a).register();
    const tab = await openLiveTab(visitor, network);
    await eventually(() => cartOf(tab).getSnapshot().state);
    network.cut();
    await eventually(() => statusOf(tab) === 'offline');

    const settled = Promise.all([
      cartOf(tab).add(SCALE, 2),
      cartOf(tab).set('scale', 5),
      cartOf(tab).add(SCALE, 1),
    ]);
    expect(cartOf(tab).getSnapshot()).toMatchObject({ pending: 3, state: { version: 0 } });
    expect(quantityIn(tab)).toBe(6);
    network.heal();

    expect(await settled).toMatchObject([{ applied: true }, { applied: true }, { applied: true }]);
    expect(cartOf(tab).getSnapshot()).toMatchObject({ pending: 0, state: { version: 3 } });
    expect(quantityIn(tab)).toBe(6);
  });

  it('applies an operation once whose answer was lost', async () => {
    const visitor = await new Visitor(a).register();
    const tab = await openLiveTab(visitor, network);
    await eventually(() => cartOf(tab).getSnapshot().state);
    let lost = 0;
    const acknowledgement = () => (lost++ < 1 ? 'drop' : 'deliver');
    makeLossy(tab.socket, { acknowledgement, broadcast: () => 'deliver' }, 0);

    const settled = cartOf(tab).add(SCALE, 2);
    await eventually(() => lost === 1);
    network.cut();
    network.heal();

    expect(await settled).toMatchObject({ applied: true });
    expect(quantityIn(tab)).toBe(2);
  });

  it.each(['drop', 'twice', 'late'] as const)(
    'shows the same cart after a broadcast that came %s',
    async (fate) => {
      const visitor = await new Visitor(a).register();
      const [tab, other] = [await openLiveTab(visitor, a), await openLiveTab(visitor, b)];
      await eventually(() => cartOf(other).getSnapshot().state);
      let seen = 0;
      const draw = { acknowledgement: () => 'deliver' as const, broadcast: () => fates() };
      const fates = () => (seen++ === 0 ? fate : 'deliver');
      makeLossy(other.socket, draw, 50);

      await cartOf(tab).add(SCALE, 1);
      await cartOf(tab).add(SCALE, 1);

      await eventually(() => quantityIn(other) === 2);
    },
  );

  it('becomes the user when somebody signs in in another tab, and takes its operations along', async () => {
    const visitor = await new Visitor(a).arrive();
    const tab = await openLiveTab(visitor, b);
    await cartOf(tab).add(SCALE, 2);

    await visitor.register();

    await eventually(() => tab.getSnapshot().session?.user);
    await eventually(() => statusOf(tab) === 'live' && quantityIn(tab) === 2);
    expect(tab.getSnapshot().session?.principal.kind).toBe('user');
  });

  it('wakes the other tabs at once after a sign-in', async () => {
    const visitor = await new Visitor(a).register();
    const [tab, other] = [await openLiveTab(visitor, a), await openLiveTab(visitor, b)];
    await visitor.logout();
    await eventually(() => statusOf(other) === 'ended');

    await visitor.login();
    await tab.refresh();

    await eventually(() => statusOf(other) === 'live');
  });

  it('waits when the session was ended, and says why', async () => {
    const visitor = await new Visitor(a).register();
    const tab = await openLiveTab(visitor, b);

    await visitor.logout(a);

    await eventually(() => statusOf(tab) === 'ended');
    expect(tab.getSnapshot().ended).toBe('signed-out');
    await tab.refresh();
    await eventually(() => statusOf(tab) === 'live');
    expect(tab.getSnapshot()).toMatchObject({ session: { principal: { kind: 'guest' } } });
  });

  it('refuses a user’s waiting operations instead of putting them into another’s cart', async () => {
    const visitor = await new Visitor(a).register();
    const tab = await openLiveTab(visitor, network);
    await eventually(() => cartOf(tab).getSnapshot().state);
    network.cut();
    await eventually(() => statusOf(tab) === 'offline');
    const settled = cartOf(tab).add(SCALE, 2);
    await visitor.logout();
    await visitor.arrive();
    network.heal();

    await tab.refresh();

    expect(await settled).toMatchObject({ applied: false, error: { code: 'SESSION_ENDED' } });
    await eventually(() => statusOf(tab) === 'live' && cartOf(tab).getSnapshot().state);
    expect(quantityIn(tab)).toBeUndefined();
  });

  it.each([
    ['a reason', { reason: 'invented-later', reconnect: 'now' }],
    ['an instruction', { reason: 'revoked', reconnect: 'invented-later' }],
  ])('waits when the session was ended with %s that it does not know', async (_, ended) => {
    const tab = await openLiveTab(await new Visitor(a).register(), a);

    for (const listener of tab.socket.listeners('session:ended')) listener(ended);

    expect(tab.getSnapshot()).toMatchObject({ status: 'ended', ended: ended.reason });
  });

  it('counts what it asks as activity, unless it is a poll or was refused', async () => {
    const tab = await openLiveTab(await new Visitor(a).register(), a);
    const before = tab.getSnapshot();

    await tab.poll('session:get');
    const refused = await tab.ask('cart:apply', {});
    expect(refused.ok).toBe(false);
    expect(tab.getSnapshot()).toBe(before);

    await tab.ask('cart:get');
    expect(tab.getSnapshot()).not.toBe(before);
  });

  it('finds that its session expired while it was offline', async () => {
    const visitor = await new Visitor(a).register();
    const tab = await openLiveTab(visitor, network);
    network.cut();
    await eventually(() => statusOf(tab) === 'offline');
    await visitor.logout();

    network.heal();

    await eventually(() => statusOf(tab) === 'ended');
    expect(tab.getSnapshot().ended).toBe('expired');
  });

  it('goes to another node when its own shuts down', async () => {
    const leaving = await startTestNode({ redisUrl, redisPrefix });
    const balancer = await TcpProxy.to(leaving.url);
    const tab = await openLiveTab(await new Visitor(a).register(), balancer);
    balancer.redirect(b.url);

    await leaving.stop();

    await eventually(() => tab.getSnapshot().session?.node === b.name);
    await eventually(() => statusOf(tab) === 'live');
  });

  it('warns before the session expires, and extends it', async () => {
    const short = await startTestNode({
      redisUrl,
      redisPrefix: uniquePrefix(),
      sessionIdleSeconds: 4,
    });
    const tab = await openLiveTab(new Visitor(short), short);
    const expiring = await eventually(() => tab.getSnapshot().expiring);
    expect(expiring).toMatchObject({ reason: 'idle' });
    const before = tab.getSnapshot().session?.idleExpiresAt ?? '';

    expect(await tab.extend()).toBe(true);

    const after = tab.getSnapshot();
    expect(after.expiring).toBeNull();
    expect(Date.parse(after.session?.idleExpiresAt ?? '')).toBeGreaterThan(Date.parse(before));
    await eventually(() => statusOf(tab) === 'ended');
  });

  it('is no longer about to expire when a tab on another node was active', async () => {
    const visitor = await new Visitor(a).register();
    const [tab, other] = [await openLiveTab(visitor, a), await openLiveTab(visitor, b)];
    const redis = await openRedis(redisUrl);
    await redis.pExpire(`${redisPrefix}sess:{${visitor.handle}}`, 50_000);
    await eventually(() => tab.getSnapshot().expiring && other.getSnapshot().expiring);

    await other.extend();

    await eventually(() => tab.getSnapshot().expiring === null);
    const { status, session } = tab.getSnapshot();
    expect(status).toBe('live');
    expect(Date.parse(session?.idleExpiresAt ?? '')).toBeGreaterThan(Date.now() + 60_000);
  });

  it('is degraded while Redis hangs and a change waits, and no longer when that is applied', async () => {
    const proxy = await RedisProxy.to(redisUrl);
    const node = await startTestNode({ redisUrl: proxy.address, redisPrefix: uniquePrefix() });
    const tab = await openLiveTab(await new Visitor(node).register(), node);
    await eventually(() => cartOf(tab).getSnapshot().state);
    proxy.freeze();

    const settled = cartOf(tab).add(SCALE, 1);
    await eventually(() => tab.getSnapshot().degraded);
    expect(statusOf(tab)).toBe('live');
    proxy.heal();

    expect(await settled).toMatchObject({ applied: true });
    expect(tab.getSnapshot().degraded).toBe(false);
  });

  it('keeps trying while there is no server', async () => {
    network.cut();
    const tab = openTab(new Visitor(a), network);
    await eventually(() => statusOf(tab) === 'offline');

    network.heal();

    await eventually(() => statusOf(tab) === 'live');
  });

  it('settles what waits when it is closed', async () => {
    network.cut();
    const tab = openTab(new Visitor(a), network);
    const settled = cartOf(tab).add(SCALE, 1);

    tab.close();
    network.heal();

    expect(await settled).toMatchObject({ applied: false });
    expect(statusOf(tab)).toBe('closed');
  });
});
