import { monitorEventLoopDelay } from 'node:perf_hooks';

const RESOLUTION_MS = 10;

/** How late this process is: clients that run out of CPU measure themselves. */
export class Lag {
  readonly #delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });

  begin(): void {
    this.#delays.enable();
  }

  /** Ends it; in ms, of what was due in 99 of 100 cases no later than that. */
  end(): number {
    this.#delays.disable();
    return Math.max(0, Math.round(this.#delays.percentile(99) / 1e6 - RESOLUTION_MS));
  }
}
