import type { CartChange, CartSnapshot } from '../cart/cart.contract.js';
import { withChange } from './cart-math.js';

/** Revisions that are remembered, to know a change that comes a second time. */
const REMEMBERED = 256;

/**
 * Brings changes into order. A change fits when it follows the revision that the cart is at; one
 * that came too early waits for the ones before it, and one that came before is dropped.
 *
 * Revisions decide, never version numbers: after a failover the server may use a number again for
 * another change.
 */
export class ChangeLog {
  #cart: CartSnapshot;
  readonly #early = new Map<string, CartChange>();
  readonly #seen = new Set<string>();

  constructor(cart: CartSnapshot) {
    this.#cart = cart;
    this.#remember(cart.revision);
  }

  get cart(): CartSnapshot {
    return this.#cart;
  }

  /** Whether changes wait for one that has not come. */
  get hasGap(): boolean {
    return this.#early.size > 0;
  }

  /** Takes a change in, and with it those that waited for it. */
  add(change: CartChange): void {
    if (this.#seen.has(change.revision)) return;
    this.#early.set(change.previousRevision, change);
    this.#applyFitting();
  }

  /** Starts from a snapshot; changes that follow it stay. */
  restart(cart: CartSnapshot): void {
    this.#cart = cart;
    this.#remember(cart.revision);
    this.#applyFitting();
    for (const [previous, { version }] of this.#early) {
      if (version <= this.#cart.version) this.#early.delete(previous);
    }
  }

  #applyFitting(): void {
    for (;;) {
      const next = this.#early.get(this.#cart.revision);
      if (!next) return;
      this.#early.delete(next.previousRevision);
      this.#cart = withChange(this.#cart, next);
      this.#remember(next.revision);
    }
  }

  #remember(revision: string): void {
    this.#seen.add(revision);
    if (this.#seen.size <= REMEMBERED) return;
    const [oldest] = this.#seen;
    if (oldest !== undefined) this.#seen.delete(oldest);
  }
}
