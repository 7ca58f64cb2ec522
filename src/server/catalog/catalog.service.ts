import { Injectable } from '@nestjs/common';
import type { Product } from './catalog.contract.js';

const product = (sku: string, name: string, cents: number): Product => ({
  sku,
  name,
  unitPrice: { amount: cents, currency: 'EUR' },
});

const PRODUCTS: readonly Product[] = [
  product('espresso-beans', 'Espresso beans, 1 kg', 1890),
  product('filter-beans', 'Filter coffee, 500 g', 1150),
  product('hand-grinder', 'Hand grinder', 7900),
  product('pour-over', 'Pour-over dripper', 2450),
  product('paper-filters', 'Paper filters, 100', 490),
  product('gooseneck-kettle', 'Gooseneck kettle', 6400),
  product('scale', 'Scale with timer', 3990),
  product('french-press', 'French press, 1 l', 3200),
  product('milk-jug', 'Milk jug, 350 ml', 1790),
  product('cup-set', 'Two cups', 2200),
  product('travel-mug', 'Travel mug', 2690),
  product('cleaning-brush', 'Grinder brush', 590),
];

/** What the shop sells. */
@Injectable()
export class CatalogService {
  readonly products = PRODUCTS;
  readonly #bySku = new Map(PRODUCTS.map((each) => [each.sku, each]));

  find(sku: string): Product | undefined {
    return this.#bySku.get(sku);
  }
}
