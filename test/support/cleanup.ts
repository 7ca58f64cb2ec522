import { Cleanup } from '../../src/testing/cleanup.js';

/** Everything that tests have started. */
export const cleanup = new Cleanup();

/** Runs `stop` when the outermost block of tests, or the program, is done; what was started last is stopped first. */
export function stopAfterwards(stop: () => unknown): void {
  cleanup.add(stop);
}

/** Stops everything. Jest's environment calls it after each outermost block. */
export function stopAll(): Promise<void> {
  return cleanup.run();
}
