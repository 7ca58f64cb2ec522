import type { CartChange, CartOperation, CartResult } from '../../src/server/cart/cart.contract.js';

/** The events of this shop, beside those that every session has. */
export interface ShopEvents {
  readonly 'cart:apply': { readonly payload: CartOperation; readonly answer: CartResult };
  readonly 'cart:changed': { readonly payload: CartChange };
  readonly 'devices:changed': { readonly payload: object };
}

/** A user of this shop, as the page needs to know them. */
export interface ShopUser {
  readonly id: string;
  readonly name: string;
  readonly email: string;
}
