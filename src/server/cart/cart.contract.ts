import { z } from 'zod';
import { Money, Sku } from '../catalog/catalog.contract.js';

/** Most of one product in a cart. */
export const MAX_QUANTITY = 99;
/** Most different products in a cart. */
export const MAX_LINES = 100;

const operationId = z.uuid();

/**
 * One cart command. Sending it again with the same `operationId` is safe, on any node, for 24 h and until 1,000 others
 * came after it, 200 for a guest: then it would be applied again.
 */
export const CartOperation = z.discriminatedUnion('type', [
  z.strictObject({
    operationId,
    type: z.literal('add'),
    sku: Sku,
    quantity: z.int().min(1),
  }),
  z.strictObject({
    operationId,
    type: z.literal('set'),
    sku: Sku,
    /** 0 removes the line. */
    quantity: z.int().min(0),
  }),
  z.strictObject({ operationId, type: z.literal('clear') }),
]);
export type CartOperation = z.output<typeof CartOperation>;

export const CartLine = z.strictObject({
  sku: Sku,
  name: z.string(),
  quantity: z.int().min(0).max(MAX_QUANTITY),
  unitPrice: Money,
  total: Money,
});
export type CartLine = z.output<typeof CartLine>;

export const CartSnapshot = z.strictObject({
  /** Rises by one with every applied operation; 0 for a cart that was never used. */
  version: z.int().min(0),
  /** Random for each version, so that a history that was rolled back is noticed; empty at version 0. */
  revision: z.string(),
  lines: z.array(CartLine),
  total: Money,
});
export type CartSnapshot = z.output<typeof CartSnapshot>;

export const CartChange = z.strictObject({
  version: z.int().min(1),
  revision: z.string(),
  /** The revision that this change follows. */
  previousRevision: z.string(),
  operationId,
  /** Handle of the session that sent the operation. */
  by: z.string(),
  /** What changed; quantity 0 for a removed line. */
  lines: z.array(CartLine),
  /** Total of the whole cart. */
  total: Money,
});
export type CartChange = z.output<typeof CartChange>;

export const CartResult = z.strictObject({
  /** Whether the operation had been applied before; `change` is the one of then. */
  replayed: z.boolean(),
  change: CartChange,
});
export type CartResult = z.output<typeof CartResult>;

/** Which state of the cart a client has. */
export const CartPosition = z.strictObject({
  version: z.int().min(0),
  revision: z.string().max(64),
});
export type CartPosition = z.output<typeof CartPosition>;

export const CartSync = z.discriminatedUnion('upToDate', [
  z.strictObject({ upToDate: z.literal(true) }),
  z.strictObject({ upToDate: z.literal(false), cart: CartSnapshot }),
]);
export type CartSync = z.output<typeof CartSync>;
