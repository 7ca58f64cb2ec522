import type {
  CartChange,
  CartLine,
  CartOperation,
  CartSnapshot,
} from '../../../src/server/cart/cart.contract.js';

/** What a page knows of a product; enough to show a line before the server has confirmed it. */
export type Product = Pick<CartLine, 'sku' | 'name' | 'unitPrice'>;

/** The cart after a change that follows it. Pure. */
export function withChange(cart: CartSnapshot, change: CartChange): CartSnapshot {
  const changed = new Map(change.lines.map((line) => [line.sku, line]));
  const kept = cart.lines.map((line) => changed.get(line.sku) ?? line);
  const known = new Set(cart.lines.map(({ sku }) => sku));
  const added = change.lines.filter(({ sku }) => !known.has(sku));
  return {
    version: change.version,
    revision: change.revision,
    lines: [...kept, ...added].filter(({ quantity }) => quantity > 0),
    total: change.total,
  };
}

/**
 * The cart as it will be, if the server agrees to the operation. Pure.
 *
 * @param products what is known of products that are not in the cart yet, by `sku`
 */
export function withOperation(
  cart: CartSnapshot,
  operation: CartOperation,
  products: ReadonlyMap<string, Product>,
): CartSnapshot {
  if (operation.type === 'clear') return withLines(cart, []);
  const { sku, quantity, type } = operation;
  const existing = cart.lines.find((line) => line.sku === sku);
  const source = existing ?? products.get(sku);
  // Nothing is known of the product: the server's answer will bring the line.
  if (!source) return cart;
  const wanted = type === 'add' ? quantity + (existing?.quantity ?? 0) : quantity;
  const { amount, currency } = source.unitPrice;
  const total = { amount: wanted * amount, currency };
  const line = { sku, name: source.name, unitPrice: source.unitPrice, quantity: wanted, total };
  const lines = existing
    ? cart.lines.map((each) => (each === existing ? line : each))
    : [...cart.lines, line];
  return withLines(
    cart,
    lines.filter((each) => each.quantity > 0),
  );
}

function withLines(cart: CartSnapshot, lines: CartLine[]): CartSnapshot {
  const amount = lines.reduce((sum, { total }) => sum + total.amount, 0);
  return { ...cart, lines, total: { ...cart.total, amount } };
}
