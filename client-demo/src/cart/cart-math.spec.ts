import { describe, expect, it } from '@jest/globals';
import type { CartOperation, CartSnapshot } from '../../../src/server/cart/cart.contract.js';
import { withOperation } from './cart-math.js';

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
const operation = (type: 'add' | 'set', quantity: number): CartOperation => ({
  operationId: '',
  type,
  sku: 'scale',
  quantity,
});
const products = new Map([['scale', product]]);

describe('withOperation', () => {
  it.each<[string, CartSnapshot, CartOperation[], CartSnapshot]>([
    ['adds a product', cart(), [operation('add', 2)], cart(2)],
    ['adds to a line', cart(1), [operation('add', 2)], cart(3)],
    ['sets a line', cart(5), [operation('set', 2)], cart(2)],
    ['removes a line', cart(5), [operation('set', 0)], cart()],
    ['applies in order', cart(1), [operation('set', 5), operation('add', 1)], cart(6)],
    ['clears', cart(5), [{ operationId: '', type: 'clear' }], cart()],
  ])('%s', (_, before, operations, expected) => {
    const after = operations.reduce((each, next) => withOperation(each, next, products), before);

    expect(after).toEqual(expected);
  });

  it('waits for the server if it knows nothing of the product', () => {
    expect(withOperation(cart(), operation('set', 2), new Map())).toEqual(cart());
  });
});
