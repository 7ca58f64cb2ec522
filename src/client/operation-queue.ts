import type { CartChange, CartOperation, CartResult } from '../server/cart/cart.contract.js';
import type { Acknowledgement, ErrorBody } from '../shared-session/shared-session.contract.js';
import { backoff } from './backoff.js';
import type { PendingOperation, Product } from './cart-math.js';
import { operationTime } from './operation-id.js';

/** Why an operation is not in the cart: the server's error, or the client's own with the code `EXPIRED`. */
export type Refusal = ErrorBody;

/** How an operation ended: in the cart, or refused with nothing changed. */
export type Settled =
  | { readonly applied: true; readonly change: CartChange }
  | { readonly applied: false; readonly error: Refusal };

interface Entry extends PendingOperation {
  readonly settle: (settled: Settled) => void;
  /** How often the server failed on it. */
  bugs: number;
}

/** Codes that say nothing about the operation itself: it stays and is sent again. */
const PASSING = ['UNAVAILABLE', 'RATE_LIMITED', 'SESSION_ENDED', 'UNAUTHENTICATED'];
/** A server that fails on an operation gets this many tries before that counts as a refusal. */
const MOST_BUGS = 5;
/** The server knows an operation again for 24 h; one that is sent later could be applied twice. */
const LATEST_MS = 23 * 3_600_000;
const STOPPED: Refusal = { code: 'UNAVAILABLE', message: 'The connection was closed.' };
const TOO_OLD: Refusal = {
  code: 'EXPIRED',
  message: 'The operation waited for too long and is not sent any more.',
};

/**
 * Sends operations in order, one at a time, each until the server has settled it. An answer that was
 * lost costs nothing: the operation is sent again under its id, and the server knows it.
 */
export class OperationQueue {
  readonly #entries: Entry[] = [];
  #sending = false;
  #stopped = false;
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

  /** Adds an operation; resolves when it is settled, however long that takes. */
  add(operation: CartOperation, product?: Product): Promise<Settled> {
    if (this.#stopped) return Promise.resolve({ applied: false, error: STOPPED });
    return new Promise((settle) => {
      this.#entries.push({ operation, ...(product && { product }), settle, bugs: 0 });
      this.onChange();
      void this.flush();
    });
  }

  /** Sends what is pending, until it is settled or the server cannot be reached. */
  async flush(): Promise<void> {
    if (this.#sending) return;
    this.#sending = true;
    clearTimeout(this.#timer);
    for (let entry = this.#entries[0]; entry; entry = this.#entries[0]) {
      const settled = await this.#try(entry);
      // Refused altogether in the meantime: the answer was for somebody else's cart.
      if (this.#entries[0] !== entry) continue;
      if (!settled) break;
      this.#settle(entry, settled);
    }
    this.#sending = false;
  }

  /** Refuses everything that is pending. */
  refuse(error: Refusal): void {
    for (const entry of [...this.#entries]) this.#settle(entry, { applied: false, error });
  }

  /** Refuses everything from now on, what is pending first. */
  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.refuse(STOPPED);
  }

  #settle(entry: Entry, settled: Settled): void {
    this.#entries.shift();
    this.onChange(settled.applied ? settled.change : undefined);
    entry.settle(settled);
  }

  async #try(entry: Entry): Promise<Settled | null> {
    if (isTooOld(entry)) return { applied: false, error: TOO_OLD };
    const answer = await this.send(entry.operation).catch(() => null);
    if (answer && !answer.ok && answer.error.code === 'INTERNAL') entry.bugs += 1;
    if (!answer || (!answer.ok && isPassing(answer.error, entry))) {
      this.#failures += 1;
      if (!this.#stopped) {
        this.#timer = setTimeout(() => void this.flush(), backoff(this.#failures));
      }
      return null;
    }
    this.#failures = 0;
    return answer.ok
      ? { applied: true, change: answer.data.change }
      : { applied: false, error: answer.error };
  }
}

function isTooOld({ operation }: PendingOperation): boolean {
  const madeAt = operationTime(operation.operationId);
  return madeAt !== null && Date.now() - madeAt > LATEST_MS;
}

function isPassing({ code }: ErrorBody, { bugs }: Entry): boolean {
  return PASSING.includes(code) || (code === 'INTERNAL' && bugs < MOST_BUGS);
}
