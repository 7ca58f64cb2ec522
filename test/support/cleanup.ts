import { afterAll } from '@jest/globals';

const stops: (() => unknown)[] = [];

/** Runs `stop` after the file's tests; what was started last is stopped first. */
export function stopAfterwards(stop: () => unknown): void {
  stops.push(stop);
}

afterAll(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});
