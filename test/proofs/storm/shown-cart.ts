import type { CartChange, CartSnapshot } from '../../../src/server/cart/cart.contract.js';

/** The cart as a tab shows it. */
export class ShownCart {
  /** By product. */
  readonly quantities = new Map<string, number>();
  #revision = '';

  replace({ revision, lines }: CartSnapshot): void {
    this.quantities.clear();
    this.#revision = revision;
    this.#put(lines);
  }

  /** @returns whether the change follows what is shown, or came a second time; if not, something was missed */
  follow({ revision, previousRevision, lines }: CartChange): boolean {
    if (revision === this.#revision) return true;
    if (previousRevision !== this.#revision) return false;
    this.#revision = revision;
    this.#put(lines);
    return true;
  }

  #put(lines: CartSnapshot['lines']): void {
    for (const { sku, quantity } of lines) this.quantities.set(sku, quantity);
  }
}
