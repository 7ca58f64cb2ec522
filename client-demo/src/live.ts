import { useSyncExternalStore } from 'react';
import {
  type CartState,
  connectSession,
  type SessionState,
  type Settled,
} from 'nestjs-shared-session/client';
import { RequestError } from './api.js';
import { Store } from './store.js';
import { TEXT } from './text.js';

/** This tab's connection. */
export const session = connectSession();
export const cart = session.cart();

export const useSession = (): SessionState =>
  useSyncExternalStore(session.subscribe, session.getSnapshot);
export const useCart = (): CartState => useSyncExternalStore(cart.subscribe, cart.getSnapshot);

/** What went wrong last, in words; empty where nothing did. */
export const problem = new Store('');

/** Does what the visitor asked for, and says so where it failed. Never rejects. */
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

/** Waits until a change of the cart is settled, and says so where it was rolled back. */
export async function settle(change: Promise<Settled>): Promise<void> {
  const settled = await change;
  problem.set(settled.applied ? '' : TEXT.rolledBack(settled.error.message));
}
