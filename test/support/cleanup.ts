const stops: (() => unknown)[] = [];

/** Runs `stop` when the test file, or the program, is done; what was started last is stopped first. */
export function stopAfterwards(stop: () => unknown): void {
  stops.push(stop);
}

/** Stops everything. Jest calls it after each file. */
export async function stopAll(): Promise<void> {
  for (const stop of stops.splice(0).reverse()) await stop();
}
