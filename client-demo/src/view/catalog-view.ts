import type { Product } from '../contract.js';
import { formatMoney } from '../money.js';
import { TEXT } from '../text.js';
import { find, make, replaceItems } from './dom.js';

/** Shows what the shop sells. */
export function showCatalog(products: readonly Product[], add: (sku: string) => void): void {
  const cards = products.map(({ sku, name, unitPrice }) => {
    const id = `add-${sku}`;
    const button = make('button', { type: 'button', id, ariaLabel: TEXT.addOne(name) }, TEXT.add);
    button.onclick = () => add(sku);
    const price = make('p', { className: 'price' }, formatMoney(unitPrice));
    return make('li', { className: 'card product' }, make('h3', {}, name), price, button);
  });
  replaceItems(find('products', HTMLUListElement), cards);
}
