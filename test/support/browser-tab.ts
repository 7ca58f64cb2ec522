import { LiveCart } from '../../client-demo/src/cart/live-cart.js';
import { connectSession, type LiveSession } from '../../src/client/index.js';
import { stopAfterwards } from './cleanup.js';
import { eventually } from '../../src/testing/eventually.js';
import type { Visitor } from './visitor.js';

/** A tab of a visitor's browser: the browser client, with the visitor's cookies of the moment. */
export function openTab(visitor: Visitor, at: { url: string }): LiveSession {
  const session = connectSession({
    url: at.url,
    async fetch(address) {
      const { pathname } = new URL(address instanceof Request ? address.url : address);
      const { status, body } = await visitor.get(pathname, at);
      return new Response(JSON.stringify(body), { status });
    },
    socket: {
      // Socket.IO's own cookie jar would take the header's place.
      withCredentials: false,
      extraHeaders: {
        get cookie() {
          return visitor.cookie;
        },
      },
    },
  });
  stopAfterwards(() => {
    session.close();
  });
  return session;
}

/** A tab that is live. */
export async function openLiveTab(visitor: Visitor, at: { url: string }): Promise<LiveSession> {
  const session = openTab(visitor, at);
  await eventually(() => session.getSnapshot().status === 'live');
  return session;
}

const carts = new WeakMap<LiveSession, LiveCart>();

/** The cart of a tab. The same object every time. */
export function cartOf(tab: LiveSession): LiveCart {
  const cart = carts.get(tab) ?? new LiveCart(tab);
  carts.set(tab, cart);
  return cart;
}
