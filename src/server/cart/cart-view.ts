import type { CatalogService } from '../catalog/catalog.service.js';
import type { Money } from '../catalog/catalog.contract.js';
import type { CartChange, CartLine, CartSnapshot } from './cart.contract.js';
import type { StoredCart, StoredChange, StoredLine } from './cart.repository.js';

type Catalog = Pick<CatalogService, 'products' | 'find'>;

/** A stored cart as clients see it. */
export function toSnapshot(stored: StoredCart, catalog: Catalog): CartSnapshot {
  return { ...stored, lines: toLines(stored.lines, catalog), total: money(stored.total) };
}

/** A stored change as clients see it. */
export function toChange(operationId: string, stored: StoredChange, catalog: Catalog): CartChange {
  // Written out, since spreading an object costs as much as encoding it, and this is done for every operation.
  return {
    version: stored.version,
    revision: stored.revision,
    previousRevision: stored.previousRevision,
    operationId,
    by: stored.by,
    lines: toLines(stored.lines, catalog),
    total: money(stored.total),
  };
}

/** In the catalog's order, so that every tab shows the same. */
function toLines(lines: readonly StoredLine[], catalog: Catalog): CartLine[] {
  const position = (sku: string) => catalog.products.findIndex((each) => each.sku === sku);
  return lines
    .toSorted((one, other) => position(one.sku) - position(other.sku))
    .map(({ sku, quantity, unitPrice }) => ({
      sku,
      // A product that has left the catalog stays in carts, and goes by its number.
      name: catalog.find(sku)?.name ?? sku,
      quantity,
      unitPrice: money(unitPrice),
      total: money(quantity * unitPrice),
    }));
}

function money(amount: number): Money {
  return { amount, currency: 'EUR' };
}
