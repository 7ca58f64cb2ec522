import type { Money } from './contract.js';

/** Writes an amount in its currency; how many digits are minor units depends on the currency. */
export function formatMoney({ amount, currency }: Money): string {
  const format = new Intl.NumberFormat('en', { style: 'currency', currency });
  return format.format(amount / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2));
}
