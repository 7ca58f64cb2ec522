import type { AuditEntry } from './audit-line.js';

/** So many kinds and addresses are told apart in a minute; what comes of others is told together, without an address. */
const MOST_TOLD_APART = 1000;

interface Seen {
  readonly first: AuditEntry;
  /** How often it came since it was last written. */
  count: number;
}

/**
 * Lets through what comes first of a kind and an address, and counts what follows: a line a minute for an attack,
 * however often it comes, and never more lines or memory than a bounded number of attackers can cause.
 */
export class AttackCounter {
  readonly #seen = new Map<string, Seen>();

  constructor(private readonly write: (entry: AuditEntry) => void) {}

  note(entry: AuditEntry): void {
    const own = JSON.stringify([entry.audit, entry.reason, entry.address]);
    const isFull = this.#seen.size >= MOST_TOLD_APART && !this.#seen.has(own);
    const told = isFull ? { ...entry, address: null } : entry;
    const key = isFull ? JSON.stringify([entry.audit, entry.reason]) : own;
    const seen = this.#seen.get(key);
    if (seen) {
      seen.count += 1;
      return;
    }
    this.#seen.set(key, { first: told, count: 0 });
    this.write(told);
  }

  /** To be called once a minute: writes what was counted, and forgets what did not come again. */
  flush(): void {
    for (const [key, seen] of this.#seen) {
      const { first, count } = seen;
      if (count === 0) {
        this.#seen.delete(key);
        continue;
      }
      seen.count = 0;
      // Who it was of those that were counted, this line does not say.
      const nobody = { principal: null, handle: null, account: null, requestId: null };
      this.write({ ...first, ...nobody, count });
    }
  }
}
