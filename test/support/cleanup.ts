const stops: (() => unknown)[] = [];

/** Runs `stop` when the outermost block of tests, or the program, is done; what was started last is stopped first. */
export function stopAfterwards(stop: () => unknown): void {
  stops.push(stop);
}

/** Stops everything. Jest's environment calls it after each outermost block. */
export async function stopAll(): Promise<void> {
  for (const stop of stops.splice(0).reverse()) await stop();
}
