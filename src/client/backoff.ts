const FIRST_MS = 250;
const LONGEST_MS = 15_000;

/**
 * How long to wait before the next try, in ms: doubling, with half of it random, so that the clients of a
 * node that went down do not all come back at once. `LiveSession` waits so before it connects again, and
 * `OperationQueue` before it sends an operation again.
 *
 * @param failures tries that failed in a row
 */
export function backoff(failures: number): number {
  const longest = Math.min(LONGEST_MS, FIRST_MS * 2 ** failures);
  return longest / 2 + (Math.random() * longest) / 2;
}
