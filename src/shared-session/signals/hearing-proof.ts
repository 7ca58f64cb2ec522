/** From this age of the last proof on, it is not fresh: the node is not ready for new traffic. */
export const LATE_MS = 3000;
/** From here on the node is deaf. What it believes of its sessions may be wrong: nothing goes in or out. */
export const DEAF_MS = 10_000;

/**
 * What proves that one connection still brings signals: the calls that this node sent to itself by it, and heard.
 *
 * The proof is dated by when the call was sent. Redis delivers in order on one connection, so
 * whoever hears a call has heard every signal sent before it, also after the process was stopped
 * for a while.
 */
export class HearingProof {
  /** When the last call that counts was sent, by this process's monotonic clock. */
  provenAt = performance.now();
  /** When the newest call that was heard was sent; heard while recovering, it proves nothing yet. */
  #heardAt = 0;
  #recovering = false;

  /** Whether the last proof is younger than 3 s. */
  get isFresh(): boolean {
    return this.age < LATE_MS;
  }

  /** Whether the last proof is too old to let events in or out: 10 s, or older. */
  get isDeaf(): boolean {
    return this.age >= DEAF_MS;
  }

  /** In ms. */
  get age(): number {
    return performance.now() - this.provenAt;
  }

  /**
   * Notes a call that was heard.
   *
   * @param recover looks at every session that signals may have been missed of, before a proof that was late counts again
   * @returns whether it had to recover, and did
   */
  async hear(sentAt: number, recover: () => Promise<void>): Promise<boolean> {
    if (sentAt <= this.#heardAt || performance.now() - sentAt >= LATE_MS) return false;
    this.#heardAt = sentAt;
    if (this.#recovering) return false;
    const wasLate = !this.isFresh;
    if (wasLate) {
      this.#recovering = true;
      try {
        await recover();
      } catch {
        // Redis went away again: the next call that is heard starts over.
        return false;
      } finally {
        this.#recovering = false;
      }
    }
    // Looking at every session may take longer than a call stays a proof.
    this.provenAt = this.#heardAt;
    return wasLate;
  }
}
