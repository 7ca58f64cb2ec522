import { connectSession, type Settled, type SyncedView } from 'nestjs-shared-session-client';
import { useSynced } from 'nestjs-shared-session-client/react';
import type { CartChange, CartSnapshot } from '../../src/server/cart/cart.contract.js';
import { LiveCart } from './cart/live-cart.js';
import { askByHttp, RequestError } from './api.js';
import type { ShopEvents, ShopUser } from './shop.js';
import { Store } from './store.js';
import { TEXT } from './text.js';

/** This tab's connection. */
export const session = connectSession<ShopEvents, ShopUser>({
  events: { path: '/session/events', ask: askByHttp },
});
export const cart = new LiveCart(session, (settled) => void settle(settled));

export const useCart = (): SyncedView<CartSnapshot> => useSynced(cart);

/** What went wrong last, in words; empty if nothing did. */
export const problem = new Store('');

/** Does what the visitor asked for, and says so if it failed. Never rejects. */
export async function attempt(action: () => Promise<unknown>): Promise<boolean> {
  try {
    await action();
    problem.set('');
    return true;
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    problem.set(error.message);
    return false;
  }
}

/** Waits until a change of the cart is settled, and says so if it was rolled back. */
export async function settle(change: Promise<Settled<CartChange>>): Promise<void> {
  const settled = await change;
  problem.set(settled.applied ? '' : TEXT.rolledBack(settled.error.message));
}
