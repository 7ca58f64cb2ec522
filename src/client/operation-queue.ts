import type { Acknowledgement, ErrorBody } from '../shared-session/shared-session.contract.js';
import { backoff } from './backoff.js';
import type { KeptOperation } from './kept-operations.js';
import { operationTime } from './operation-id.js';
import type { Operation } from './versioned.js';

/** Why an operation is not in the state: the server's error, or the client's own with the code `EXPIRED`. */
export type Refusal = ErrorBody;

/** How an operation ended: applied, or refused with nothing changed. */
export type Settled<Delta> =
  | { readonly applied: true; readonly change: Delta }
  | { readonly applied: false; readonly error: Refusal };

interface Entry<Op, Delta> extends KeptOperation<Op> {
  readonly settle: (settled: Settled<Delta>) => void;
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
export class OperationQueue<Op extends Operation, Delta> {
  readonly #entries: Entry<Op, Delta>[] = [];
  #sending = false;
  #stopped = false;
  #failures = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /**
   * @param send asks the server; throws when no answer came
   * @param onChange called when the queue or, with a change, the state has changed
   */
  constructor(
    private readonly send: (operation: Op) => Promise<Acknowledgement<{ change: Delta }>>,
    private readonly onChange: (change?: Delta) => void,
  ) {}

  get pending(): readonly Op[] {
    return this.#entries.map(({ operation }) => operation);
  }

  /** The same, with when each was made. */
  get kept(): readonly KeptOperation<Op>[] {
    return this.#entries.map(({ operation, madeAt }) => ({ operation, madeAt }));
  }

  /** Adds an operation; resolves when it is settled, however long that takes. */
  add(operation: Op): Promise<Settled<Delta>> {
    const madeAt = operationTime(operation.operationId) ?? Date.now();
    const settled = this.#enter({ operation, madeAt });
    this.onChange();
    void this.flush();
    return settled;
  }

  /** Adds what another page was to send, in the order in which all were made. Each resolves when it is settled. */
  restore(kept: readonly KeptOperation<Op>[]): Promise<Settled<Delta>>[] {
    const settled = kept.map((each) => this.#enter(each));
    this.#entries.sort((one, other) => one.madeAt - other.madeAt);
    this.onChange();
    void this.flush();
    return settled;
  }

  /** Sends what is pending, until it is settled or the server cannot be reached. */
  async flush(): Promise<void> {
    if (this.#sending) return;
    this.#sending = true;
    clearTimeout(this.#timer);
    for (let entry = this.#entries[0]; entry; entry = this.#entries[0]) {
      const settled = await this.#try(entry);
      // Refused altogether in the meantime: the answer was for somebody else's state.
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

  #enter(kept: KeptOperation<Op>): Promise<Settled<Delta>> {
    if (this.#stopped) return Promise.resolve({ applied: false, error: STOPPED });
    return new Promise((settle) => {
      this.#entries.push({ ...kept, settle, bugs: 0 });
    });
  }

  #settle(entry: Entry<Op, Delta>, settled: Settled<Delta>): void {
    this.#entries.shift();
    this.onChange(settled.applied ? settled.change : undefined);
    entry.settle(settled);
  }

  async #try(entry: Entry<Op, Delta>): Promise<Settled<Delta> | null> {
    if (Date.now() - entry.madeAt > LATEST_MS) return { applied: false, error: TOO_OLD };
    const answer = await this.send(entry.operation).catch(() => null);
    if (answer && !answer.ok && answer.error.code === 'INTERNAL') entry.bugs += 1;
    if (!answer || (!answer.ok && isPassing(answer.error, entry))) {
      this.#failures += 1;
      if (!this.#stopped) {
        const waitMs = waitAsTold(answer) ?? backoff(this.#failures);
        this.#timer = setTimeout(() => void this.flush(), waitMs);
      }
      return null;
    }
    this.#failures = 0;
    return answer.ok
      ? { applied: true, change: answer.data.change }
      : { applied: false, error: answer.error };
  }
}

/** How long the server said to wait, if it did: in the details of RATE_LIMITED. */
function waitAsTold(answer: Acknowledgement | null): number | undefined {
  if (!answer || answer.ok) return undefined;
  const { retryAfterMs } = (answer.error.details ?? {}) as { retryAfterMs?: unknown };
  return typeof retryAfterMs === 'number' && retryAfterMs >= 0 ? retryAfterMs : undefined;
}

function isPassing({ code }: ErrorBody, { bugs }: { bugs: number }): boolean {
  return PASSING.includes(code) || (code === 'INTERNAL' && bugs < MOST_BUGS);
}
