import type { CartChange, CartOperation, CartResult } from '../cart/cart.contract.js';
import type { Acknowledgement, ErrorBody } from '../shared-session/session.contract.js';
import { backoff } from './backoff.js';
import type { PendingOperation, Product } from './cart-math.js';

/** How an operation ended: in the cart, or refused with nothing changed. */
export type Settled =
  | { readonly applied: true; readonly change: CartChange }
  | { readonly applied: false; readonly error: ErrorBody };

interface Entry extends PendingOperation {
  readonly settle: (settled: Settled) => void;
}

/** Codes that say nothing about the operation itself: it stays and is sent again. */
const PASSING: ReadonlySet<string> = new Set([
  'UNAVAILABLE',
  'RATE_LIMITED',
  'SESSION_ENDED',
  'UNAUTHENTICATED',
]);
/** A failing server gets this many tries before it counts as a refusal. */
const MOST_FAILURES = 5;

/**
 * Sends operations in order, one at a time, each until the server has settled it. An answer that was
 * lost costs nothing: the operation is sent again under its id, and the server knows it.
 */
export class OperationQueue {
  readonly #entries: Entry[] = [];
  #sending = false;
  #failures = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /**
   * @param send asks the server; throws when no answer came
   * @param onChange called when the queue or, with a change, the cart has changed
   */
  constructor(
    private readonly send: (operation: CartOperation) => Promise<Acknowledgement<CartResult>>,
    private readonly onChange: (change?: CartChange) => void,
  ) {}

  get pending(): readonly PendingOperation[] {
    return this.#entries;
  }

  /** Adds an operation; resolves when the server has settled it, however long that takes. */
  add(operation: CartOperation, product?: Product): Promise<Settled> {
    return new Promise((settle) => {
      this.#entries.push(product ? { operation, product, settle } : { operation, settle });
      this.onChange();
      void this.flush();
    });
  }

  /** Sends what is pending, until it is settled or the server cannot be reached. */
  async flush(): Promise<void> {
    if (this.#sending) return;
    this.#sending = true;
    clearTimeout(this.#timer);
    try {
      for (let entry = this.#entries[0]; entry; entry = this.#entries[0]) {
        const settled = await this.#try(entry.operation);
        if (!settled) break;
        this.#entries.shift();
        this.onChange(settled.applied ? settled.change : undefined);
        entry.settle(settled);
      }
    } finally {
      this.#sending = false;
    }
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  async #try(operation: CartOperation): Promise<Settled | null> {
    const answer = await this.send(operation).catch(() => null);
    if (answer?.ok) {
      this.#failures = 0;
      return { applied: true, change: answer.data.change };
    }
    if (answer && !this.#isPassing(answer.error.code)) {
      this.#failures = 0;
      return { applied: false, error: answer.error };
    }
    this.#failures += 1;
    this.#timer = setTimeout(() => void this.flush(), backoff(this.#failures));
    return null;
  }

  #isPassing(code: string): boolean {
    return PASSING.has(code) || (code === 'INTERNAL' && this.#failures < MOST_FAILURES);
  }
}
