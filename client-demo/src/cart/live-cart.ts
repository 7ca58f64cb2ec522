// By its path, not its name: tests run this file without the page's bundler.
import {
  type AnySession,
  operationId,
  type Settled,
  SyncedState,
} from '../../../src/client/index.js';
import type {
  CartChange,
  CartOperation,
  CartSnapshot,
} from '../../../src/server/cart/cart.contract.js';
import { type Product, withChange, withOperation } from './cart-math.js';

/** The cart of whoever the session speaks for, live. */
export class LiveCart extends SyncedState<CartSnapshot, CartOperation, CartChange> {
  /** What is known of the products that were added, by `sku`. */
  readonly #products: Map<string, Product>;

  /** @param onRestored told what becomes of a change that a page has left which is gone */
  constructor(session: AnySession, onRestored?: (settled: Promise<Settled<CartChange>>) => void) {
    const products = new Map<string, Product>();
    super(session, {
      name: 'cart',
      withChange,
      withOperation: (cart, operation) => withOperation(cart, operation, products),
      preventUnload: true,
      onRestored: (_, settled) => onRestored?.(settled),
    });
    this.#products = products;
  }

  /** Adds to a product's quantity. */
  add(product: Product, quantity: number): Promise<Settled<CartChange>> {
    const { sku } = product;
    this.#products.set(sku, product);
    return this.apply({ operationId: operationId(), type: 'add', sku, quantity });
  }

  /** Sets a product's quantity; 0 removes it. */
  set(sku: string, quantity: number): Promise<Settled<CartChange>> {
    return this.apply({ operationId: operationId(), type: 'set', sku, quantity });
  }

  /** Empties the cart. */
  clear(): Promise<Settled<CartChange>> {
    return this.apply({ operationId: operationId(), type: 'clear' });
  }
}
