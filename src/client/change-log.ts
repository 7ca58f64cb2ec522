import type { Change, Versioned } from './versioned.js';

/** Changes that are remembered, applied ones too: a snapshot may turn out to be older than they are. */
const REMEMBERED = 256;

/**
 * Brings changes into order. A change fits when it follows the revision that the state is at; one
 * that came too early waits for the ones before it, and one that came before is dropped.
 *
 * Revisions decide, never version numbers: after a failover the server may use a number again for
 * another change.
 */
export class ChangeLog<State extends Versioned, Delta extends Change> {
  #state: State | null = null;
  /** By the revision that each follows, oldest first. */
  readonly #changes = new Map<string, Delta>();

  /** @param withChange the state after a change that follows it; pure */
  constructor(private readonly withChange: (state: State, change: Delta) => State) {}

  /** Null until the server was asked. */
  get state(): State | null {
    return this.#state;
  }

  /** Whether changes wait for one that has not come. */
  get hasGap(): boolean {
    return this.#waiting().length > 0;
  }

  /** Takes a change in, and with it those that waited for it. */
  add(change: Delta): void {
    this.#changes.set(change.previousRevision, change);
    const [oldest] = this.#changes.keys();
    if (this.#changes.size > REMEMBERED && oldest !== undefined) this.#changes.delete(oldest);
    this.#applyFitting();
  }

  /**
   * Starts from what the server has: a snapshot, or null if it has what this tab has. Call what
   * is returned with the answer. Changes that waited when the question was asked are in the answer, or
   * belong to a history that was rolled back; later ones may follow it.
   */
  askServer(): (snapshot: State | null) => void {
    const waiting = this.#waiting();
    return (snapshot) => {
      if (snapshot) this.#state = snapshot;
      this.#applyFitting();
      for (const change of waiting) {
        if (this.#changes.get(change.previousRevision) === change) {
          this.#changes.delete(change.previousRevision);
        }
      }
    };
  }

  #waiting(): Delta[] {
    const { version: known = Infinity } = this.#state ?? {};
    return [...this.#changes.values()].filter(({ version }) => version > known);
  }

  #applyFitting(): void {
    while (this.#state) {
      const next = this.#changes.get(this.#state.revision);
      if (!next) return;
      this.#state = this.withChange(this.#state, next);
    }
  }
}
