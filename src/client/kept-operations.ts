import { operationId } from './operation-id.js';
import type { Operation } from './versioned.js';

const PREFIX = 'nestjs-shared-session:';
/** What is older is sent by nobody any more. */
const KEPT_MS = 24 * 3_600_000;

/** An operation, and when it was made, in ms since the epoch. */
export interface KeptOperation<Op> {
  readonly operation: Op;
  readonly madeAt: number;
}

/** What one page keeps, as it stands in the storage. */
interface Kept<Op> {
  readonly name: string;
  readonly owner: string;
  readonly operations: readonly KeptOperation<Op>[];
}

/** What of a browser is used here. Any of it may be missing. */
interface Page {
  readonly localStorage?: {
    readonly removeItem: (key: string) => void;
    readonly getItem: (key: string) => string | null;
    readonly setItem: (key: string, value: string) => void;
  };
  readonly navigator?: {
    readonly locks?: {
      readonly request: (
        name: string,
        options: { readonly signal?: AbortSignal },
        use: () => unknown,
      ) => Promise<unknown>;
    };
  };
}

const page = globalThis as unknown as Page;

/**
 * Keeps in the browser's `localStorage` what a page has not settled yet, so that a reload, a crash or a closed tab loses nothing.
 * Each page has a key of its own; what a page has left that is gone, another takes over, which Web Locks tell. Where a browser has none
 * (a page without HTTPS), a page that is still there may send the same: under the same operation id, so once.
 *
 * `localStorage` and not IndexedDB: what was written is there when the call returns, and a page that is closed waits for nothing.
 */
export class KeptOperations<Op extends Operation> {
  readonly #name: string;
  readonly #key = PREFIX + operationId();
  readonly #stop = new AbortController();
  #isLocked = false;

  /** @param name of the state that the operations are for */
  constructor(name: string) {
    this.#name = name;
  }

  /**
   * Keeps these, in place of what this page has kept so far.
   *
   * @param owner whose they are: only a session that speaks for the same sends them
   * @returns whether they survive the page: not where there is no storage, or it is full
   */
  keep(owner: string, operations: readonly KeptOperation<Op>[]): boolean {
    const kept: Kept<Op> = { name: this.#name, owner, operations };
    try {
      // First: if the rest does not fit, nothing stays that is settled by now.
      storage().removeItem(this.#key);
      if (operations.length > 0) storage().setItem(this.#key, JSON.stringify(kept));
    } catch {
      return false;
    }
    if (operations.length > 0) this.#lock();
    return true;
  }

  /**
   * Finds what pages have left that are gone, and what others leave later.
   *
   * @param isOwner whether what is of this owner may be sent; asked again when the page has gone
   * @param take called with what no page keeps any more
   */
  find(
    isOwner: (owner: string) => boolean,
    take: (operations: readonly KeptOperation<Op>[]) => void,
  ): void {
    const { signal } = this.#stop;
    for (const key of keys()) {
      const found = key === this.#key ? null : read<Op>(key);
      if (!found) continue;
      if (found.name !== this.#name || !isOwner(found.owner)) {
        removeIfOld(key, found);
        continue;
      }
      const takeOver = (): void => {
        const left = read<Op>(key);
        if (signal.aborted || !left || !isOwner(left.owner)) return;
        storage().removeItem(key);
        take(left.operations);
      };
      // Granted when the page is gone.
      const { locks } = page.navigator ?? {};
      if (locks) locks.request(key, { signal }, takeOver).catch(() => undefined);
      else takeOver();
    }
  }

  /** Takes nothing over any more. */
  stop(): void {
    this.#stop.abort();
  }

  /** Tells other pages that this one is there. */
  #lock(): void {
    if (this.#isLocked) return;
    this.#isLocked = true;
    const gone = new Promise<void>((resolve) => {
      this.#stop.signal.addEventListener('abort', () => {
        resolve();
      });
    });
    page.navigator?.locks?.request(this.#key, {}, () => gone).catch(() => undefined);
  }
}

/** @throws where there is none, or the visitor does not allow it */
function storage(): NonNullable<Page['localStorage']> {
  if (!page.localStorage) throw new TypeError('There is no localStorage.');
  return page.localStorage;
}

/** Whoever it belongs to does not come back: it would not be sent then either. */
function removeIfOld(key: string, { operations }: Kept<Operation>): void {
  const latest = Math.max(...operations.map(({ madeAt }) => madeAt));
  if (Date.now() - latest > KEPT_MS) storage().removeItem(key);
}

/** In the order in which the pages were opened. */
function keys(): string[] {
  try {
    return Object.keys(storage())
      .filter((key) => key.startsWith(PREFIX))
      .sort();
  } catch {
    return [];
  }
}

/** Null for what is not there, or was written by another version. */
function read<Op extends Operation>(key: string): Kept<Op> | null {
  try {
    const kept = JSON.parse(storage().getItem(key) ?? 'null') as Kept<Op>;
    const isKnown = kept.operations.every(
      ({ operation, madeAt }) => typeof operation.operationId === 'string' && madeAt > 0,
    );
    return isKnown ? kept : null;
  } catch {
    return null;
  }
}
