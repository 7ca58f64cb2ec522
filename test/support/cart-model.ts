import { MAX_QUANTITY } from '../../src/server/cart/cart.contract.js';

export interface ModelOperation {
  readonly operationId: string;
  readonly type: 'add' | 'set' | 'clear';
  readonly sku: string;
  readonly quantity: number;
}

export interface ModelChange {
  readonly version: number;
  readonly total: number;
  readonly lines: readonly { readonly sku: string; readonly quantity: number }[];
}

interface Settled {
  readonly content: string;
  readonly change?: ModelChange;
}

/** The cart's rules once more, as plainly as they can be said. */
export class CartModel {
  readonly quantities = new Map<string, number>();
  version = 0;
  /** What became of each operation; without a change it was refused. */
  readonly #known = new Map<string, Settled>();

  /** @param mostKept how many operations it knows again */
  constructor(
    private readonly priceOf: (sku: string) => number | undefined,
    private readonly mostKept: number,
  ) {}

  apply(operation: ModelOperation): { outcome: string; change?: ModelChange } {
    const { operationId, type, sku, quantity } = operation;
    const content = `${type} ${sku} ${String(quantity)}`;
    const known = this.#known.get(operationId);
    if (known && known.content !== content) return { outcome: 'mismatch' };
    if (known) {
      return known.change ? { outcome: 'replayed', change: known.change } : { outcome: 'limit' };
    }

    const before = this.quantities.get(sku);
    const removesLine = type === 'set' && quantity === 0 && before !== undefined;
    if (type !== 'clear' && this.priceOf(sku) === undefined && !removesLine) {
      return { outcome: 'unknown' };
    }
    const after = type === 'add' ? (before ?? 0) + quantity : quantity;
    if (type !== 'clear' && after > MAX_QUANTITY) {
      this.#remember(operationId, { content });
      return { outcome: 'limit' };
    }

    const change = type === 'clear' ? this.#clear() : this.#put(sku, after);
    this.#remember(operationId, { content, change });
    return { outcome: 'applied', change };
  }

  /** An operation that changes nothing, with a guest's that are new here. */
  join(operationId: string, joined: readonly string[]): { outcome: string } {
    const change = this.#changed([]);
    for (const each of [operationId, ...joined]) this.#remember(each, { content: 'join', change });
    return { outcome: 'applied' };
  }

  #remember(operationId: string, settled: Settled): void {
    this.#known.set(operationId, settled);
    // In the order in which they came.
    for (const oldest of this.#known.keys()) {
      if (this.#known.size > this.mostKept) this.#known.delete(oldest);
    }
  }

  #put(sku: string, quantity: number): ModelChange {
    if (quantity === 0) this.quantities.delete(sku);
    else this.quantities.set(sku, quantity);
    return this.#changed([{ sku, quantity }]);
  }

  #clear(): ModelChange {
    const skus = [...this.quantities.keys()].sort();
    this.quantities.clear();
    return this.#changed(skus.map((sku) => ({ sku, quantity: 0 })));
  }

  #changed(lines: ModelChange['lines']): ModelChange {
    this.version += 1;
    const totals = [...this.quantities].map(
      ([sku, quantity]) => quantity * (this.priceOf(sku) ?? 0),
    );
    return { version: this.version, total: totals.reduce((sum, each) => sum + each, 0), lines };
  }
}
