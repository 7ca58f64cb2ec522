import { describe, expect, it } from '@jest/globals';
import type { CartSnapshot } from '../server/cart/cart.contract.js';
import { type PendingOperation, withPending } from './cart-math.js';

const euro = (amount: number) => ({ amount, currency: 'EUR' }) as const;
const product = { sku: 'scale', name: 'Scale', unitPrice: euro(100) };
const line = (quantity: number) => ({
  ...product,
  quantity,
  total: euro(quantity * 100),
});
const cart = (...quantities: number[]): CartSnapshot => ({
  version: 1,
  revision: 'r1',
  lines: quantities.map(line),
  total: euro(quantities.reduce((sum, each) => sum + each * 100, 0)),
});
const pending = (type: 'add' | 'set', quantity: number): PendingOperation => ({
  operation: { operationId: '', type, sku: 'scale', quantity },
  product,
});

describe('withPending', () => {
  it.each<[string, CartSnapshot, PendingOperation[], CartSnapshot]>([
    ['adds a product', cart(), [pending('add', 2)], cart(2)],
    ['adds to a line', cart(1), [pending('add', 2)], cart(3)],
    ['sets a line', cart(5), [pending('set', 2)], cart(2)],
    ['removes a line', cart(5), [pending('set', 0)], cart()],
    ['applies in order', cart(1), [pending('set', 5), pending('add', 1)], cart(6)],
    ['clears', cart(5), [{ operation: { operationId: '', type: 'clear' } }], cart()],
  ])('%s', (_, before, operations, expected) => {
    expect(withPending(before, operations)).toEqual(expected);
  });

  it('waits for the server where it knows nothing of the product', () => {
    const unknown = { operation: pending('set', 2).operation };

    expect(withPending(cart(), [unknown])).toEqual(cart());
  });
});
