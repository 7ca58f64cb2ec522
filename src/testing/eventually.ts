import { setTimeout as pause } from 'node:timers/promises';

const PATIENCE_MS = 20_000;
const INTERVAL_MS = 20;

type Falsy = false | 0 | '' | null | undefined;

/**
 * Asks again until `check` resolves to something truthy, and resolves with that. For what no event
 * announces, such as another process's state.
 */
export async function eventually<T>(
  check: () => Promise<T> | T,
  patienceMs = PATIENCE_MS,
): Promise<Exclude<T, Falsy>> {
  const end = performance.now() + patienceMs;
  for (;;) {
    const found = await check();
    if (found) return found as Exclude<T, Falsy>;
    if (performance.now() > end) {
      throw new Error(`It did not happen within ${String(patienceMs)} ms: ${check.toString()}`);
    }
    await pause(INTERVAL_MS);
  }
}
