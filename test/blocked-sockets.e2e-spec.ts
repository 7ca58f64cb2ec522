import { beforeAll, describe, expect, it } from '@jest/globals';
import { LiveCart } from '../client-demo/src/cart/live-cart.js';
import { connectSession, type LiveSession } from '../src/client/index.js';
import type { Acknowledgement } from '../src/shared-session/index.js';
import { eventually } from '../src/testing/eventually.js';
import { stopAfterwards } from './support/cleanup.js';
import { startRedis } from './support/redis-under-test.js';
import { startTestNode, type TestNode, uniquePrefix } from './support/test-node.js';
import { UpgradeWall } from './support/upgrade-wall.js';
import { operation, Visitor } from './support/visitor.js';

/** A tab behind a wall, whose page sends by requests what it cannot ask a socket. */
function openTab(visitor: Visitor, { url }: UpgradeWall): LiveSession {
  const tab = connectSession({
    url,
    fetch: (address, { signal } = {}) =>
      fetch(address, { headers: { cookie: visitor.cookie }, signal: signal ?? null }),
    socket: { withCredentials: false, extraHeaders: { cookie: visitor.cookie } },
    events: {
      path: '/session/events',
      ask: async (_, payload): Promise<Acknowledgement> => {
        const { body } = await visitor.post('/cart/operations', payload);
        return { ok: true, data: body };
      },
    },
  });
  stopAfterwards(() => {
    tab.close();
  });
  return tab;
}

describe('where the network lets no WebSocket through', () => {
  const redisPrefix = uniquePrefix();
  let a: TestNode;
  let b: TestNode;

  beforeAll(async () => {
    const redisUrl = await startRedis();
    [a, b] = await Promise.all([
      startTestNode({ redisUrl, redisPrefix }),
      startTestNode({ redisUrl, redisPrefix }),
    ]);
  });

  const arrive = async () => {
    const visitor = await new Visitor(a).register();
    const wall = await UpgradeWall.before(b);
    const tab = openTab(visitor, wall);
    const cart = new LiveCart(tab);
    await eventually(() => tab.getSnapshot().via === 'events');
    return { visitor, wall, tab, cart };
  };
  const state = (tab: LiveSession) => tab.getSnapshot();

  it('is live by events, as who it is', async () => {
    const { visitor, tab } = await arrive();

    expect(state(tab)).toMatchObject({
      status: 'live',
      session: { user: { email: visitor.email }, node: b.name },
    });
  });

  it('is told of the end that comes on another node', async () => {
    const { visitor, tab } = await arrive();

    await visitor.logout();

    await eventually(() => state(tab).status === 'ended');
    expect(state(tab)).toMatchObject({ ended: 'signed-out', via: null });
  });

  it('has its cart, from other devices too, and changes it by requests', async () => {
    const { visitor, cart } = await arrive();
    await eventually(() => cart.getSnapshot().state);

    const settled = await cart.set('scale', 2);
    await visitor.post('/cart/operations', operation('add', 'scale', 1));

    expect(settled).toMatchObject({ applied: true });
    await eventually(() => cart.getSnapshot().state?.lines[0]?.quantity === 3);
  });

  it('goes back to the socket when one gets through, and is live all the while', async () => {
    const { wall, tab } = await arrive();
    const seen = new Set<string>();
    tab.subscribe(() => seen.add(state(tab).status));

    wall.open();

    await eventually(() => state(tab).via === 'socket');
    expect([...seen]).toEqual(['live']);
    expect(await tab.poll('session:get')).toMatchObject({ ok: true });
  });
});
