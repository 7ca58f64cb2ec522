import type { Rate } from './rate.js';

/** What a bucket gave. */
export interface Grant {
  /** Tokens; 0 if there were too few. */
  readonly granted: number;
  /** In ms, until there are enough; 0 if there were. */
  readonly waitMs: number;
}

/**
 * A bucket of tokens in this process, full at first. It holds one time only, that at which it will be full again, as its
 * counterpart in Redis does: `LEASE` in bucket.script.ts.
 */
export class Bucket {
  readonly #msPerToken: number;
  readonly #burst: number;
  #fullAt = 0;

  constructor({ perSecond, burst }: Rate) {
    this.#msPerToken = 1000 / perSecond;
    this.#burst = burst;
  }

  /**
   * Takes as many tokens as there are, up to `most`, if there are `least`.
   *
   * @param now in ms, of a clock that never goes back
   */
  take(least: number, most: number, now: number): Grant {
    const fullAt = Math.max(this.#fullAt, now);
    const left = this.#burst - (fullAt - now) / this.#msPerToken;
    if (left < least) {
      return { granted: 0, waitMs: Math.ceil((least - left) * this.#msPerToken) };
    }
    const granted = Math.min(most, Math.floor(left));
    this.#fullAt = fullAt + granted * this.#msPerToken;
    return { granted, waitMs: 0 };
  }
}
