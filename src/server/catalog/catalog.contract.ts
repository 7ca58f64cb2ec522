import { z } from 'zod';

/** An amount of money in the currency's minor unit (cents), always whole. */
export const Money = z.strictObject({ amount: z.int(), currency: z.literal('EUR') });
export type Money = z.output<typeof Money>;

export const Sku = z.string().regex(/^[a-z0-9-]{1,40}$/);

export const Product = z.strictObject({ sku: Sku, name: z.string(), unitPrice: Money });
export type Product = z.output<typeof Product>;
