import type { CartChange, CartSnapshot } from './contract.js';

/** Follows the cart from change to change, and fetches it anew where a change is missing. */
export class LiveCart {
  #cart: CartSnapshot | undefined;
  #turn = 0;
  /** A change comes twice, acknowledged and broadcast, in either order. */
  readonly #seen = new Set<string>();

  constructor(
    private readonly fetchCart: () => Promise<CartSnapshot>,
    private readonly show: (cart: CartSnapshot) => void,
  ) {}

  /** Fetches the cart. Of several calls the last one counts, since it read the cart last. */
  async sync(): Promise<void> {
    const turn = ++this.#turn;
    this.#cart = undefined;
    const cart = await this.fetchCart();
    if (turn === this.#turn) this.#become(cart);
  }

  /** Takes a change that follows the own revision; any other means that one was missed. */
  async receive(change: CartChange): Promise<void> {
    if (this.#seen.has(change.revision)) return;
    if (this.#cart?.revision !== change.previousRevision) await this.sync();
    else this.#become({ ...change, lines: mergeLines(this.#cart, change) });
  }

  #become(cart: CartSnapshot): void {
    this.#cart = cart;
    this.#seen.add(cart.revision);
    this.show(cart);
  }
}

function mergeLines(cart: CartSnapshot, change: CartChange): CartSnapshot['lines'] {
  const changed = new Set(change.lines.map(({ sku }) => sku));
  const kept = cart.lines.filter(({ sku }) => !changed.has(sku));
  return [...kept, ...change.lines.filter(({ quantity }) => quantity > 0)];
}
