import type { CartLine, CartSnapshot } from '../contract.js';
import { formatMoney } from '../money.js';
import { TEXT } from '../text.js';
import { find, make, replaceItems } from './dom.js';

/** Shows the cart as it is on the server. */
export class CartView {
  readonly #empty = find('cart-empty', HTMLParagraphElement);
  readonly #clear = find('clear', HTMLButtonElement);
  #shown = new Map<string, number>();
  /** Asked for and not answered yet: quick clicks count on from here. */
  readonly #asked = new Map<string, number>();

  constructor(private readonly set: (sku: string, quantity: number) => Promise<void>) {}

  /** Without a cart, shows none: whose it was is not here any more. */
  show(cart?: CartSnapshot): void {
    // By name, so that every tab has the same order.
    const lines = cart?.lines.toSorted((one, other) => one.name.localeCompare(other.name)) ?? [];
    replaceItems(
      find('lines', HTMLUListElement),
      lines.map((line) => this.#row(line)),
    );
    this.#shown = new Map(lines.map(({ sku, quantity }) => [sku, quantity]));
    this.#empty.textContent = cart ? TEXT.cartEmpty : TEXT.cartUnknown;
    this.#empty.hidden = lines.length > 0;
    this.#clear.disabled = lines.length === 0;
    find('total', HTMLOutputElement).textContent = cart ? formatMoney(cart.total) : '';
  }

  #row(line: CartLine): HTMLLIElement {
    const { sku, name, quantity, unitPrice, total } = line;
    const price = make('span', { className: 'hint' }, TEXT.each(formatMoney(unitPrice)));
    const count = make('span', { className: 'quantity' }, String(quantity));
    const step = (by: number) => Math.max(0, (this.#asked.get(sku) ?? quantity) + by);
    const less = button(`less-${sku}`, '−', TEXT.oneLess(name));
    const more = button(`more-${sku}`, '+', TEXT.oneMore(name));
    const remove = button(`remove-${sku}`, TEXT.remove, TEXT.removeLine(name));
    less.onclick = () => void this.#ask(sku, step(-1));
    more.onclick = () => void this.#ask(sku, step(1));
    remove.onclick = () => void this.#ask(sku, 0);
    return make(
      'li',
      // What changed, here or in another tab, lights up.
      { className: this.#shown.get(sku) === quantity ? 'line' : 'line changed' },
      make('div', { className: 'line-name' }, make('strong', {}, name), price),
      make('span', { className: 'price' }, formatMoney(total)),
      make('div', { className: 'stepper' }, less, count, more),
      remove,
    );
  }

  async #ask(sku: string, quantity: number): Promise<void> {
    this.#asked.set(sku, quantity);
    await this.set(sku, quantity);
    if (this.#asked.get(sku) === quantity) this.#asked.delete(sku);
  }
}

function button(id: string, text: string, ariaLabel: string): HTMLButtonElement {
  return make('button', { type: 'button', className: 'quiet', id, ariaLabel }, text);
}
