/**
 * A random UUID of version 7 (RFC 9562), which starts with the time; `crypto.randomUUID` is missing on
 * pages that are not served over HTTPS, and says nothing of the time.
 */
export function operationId(): string {
  const time = Date.now().toString(16).padStart(12, '0');
  const bytes = crypto.getRandomValues(new Uint8Array(10));
  const random = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  const parts = [time.slice(0, 8), time.slice(8), `7${random.slice(0, 3)}`];
  return [...parts, `8${random.slice(3, 6)}`, random.slice(6, 18)].join('-');
}

/** When an operation was made, in ms since the epoch by its maker's clock; null if its id does not say. */
export function operationTime(id: string): number | null {
  return id[14] === '7' ? Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16) : null;
}
