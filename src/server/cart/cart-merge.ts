import { MAX_LINES, MAX_QUANTITY } from './cart.contract.js';

interface Line {
  readonly sku: string;
  readonly quantity: number;
}

/** What a user's cart should hold after a guest's joined it: the lines that change. Pure. */
export type MergeCarts = (user: readonly Line[], guest: readonly Line[]) => readonly Line[];

/** Injects a {@link MergeCarts}. Chosen in cart.module.ts; the script only stores the result. */
export const MERGE_CARTS = Symbol('cart merge strategy');

/**
 * Adds a guest's quantities to the user's, at most 99 of a product; products that no longer fit
 * into a full cart are left out.
 */
export const addUpQuantities: MergeCarts = (user, guest) => {
  const quantities = new Map(user.map(({ sku, quantity }) => [sku, quantity]));
  const room = MAX_LINES - quantities.size;
  const added = guest.filter(({ sku }) => !quantities.has(sku)).slice(0, room);
  const raised = guest.filter(({ sku }) => quantities.has(sku));
  return [...raised, ...added].map(({ sku, quantity }) => ({
    sku,
    quantity: Math.min(MAX_QUANTITY, (quantities.get(sku) ?? 0) + quantity),
  }));
};
