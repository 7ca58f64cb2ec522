import { setTimeout as pause } from 'node:timers/promises';
import { type Cell, nameOfCell, play, type Played } from './cell.js';
import { checkScene } from './checks-in-the-end.js';
import type { Lane } from './lane.js';
import type { Violation } from './violation.js';

/** A sweep comes every 5 s; what it misses is looked for a second later once more. */
const SWEEP_MS = 7000;
/** What may stay for good. */
const FOR_GOOD = /^(account:|account-by-email:|cart:\{user:)/;

/** A cell, and what was wrong; undefined if its command did not come. */
export interface Result {
  readonly cell: Cell;
  readonly outcome?: Played['outcome'];
  readonly violations: readonly Violation[] | undefined;
}

/**
 * Plays cells one after another, waits for one sweep, and looks at what they have left.
 *
 * @param sweepMs how long to wait; 0 for what must hold without a sweep
 */
export async function runBatch(
  lane: Lane,
  cells: readonly Cell[],
  sweepMs = SWEEP_MS,
): Promise<Result[]> {
  const results: Result[] = [];
  const played: Played[] = [];
  for (const cell of cells) {
    try {
      played.push(await play(lane, cell));
    } catch (error) {
      console.error(`${nameOfCell(cell)}: ${String(error)}`);
      results.push({ cell, violations: undefined });
    }
  }
  await pause(sweepMs);
  const keys = await keysForGood(lane);
  for (const { cell, scene, outcome, violations } of played) {
    const ids = scene.ids().filter(Boolean);
    const kept = keys.filter((key) => ids.some((id) => key.includes(id)));
    const ttl = kept.map((detail) => ({ kind: 'key for good', detail }) as const);
    const later = await checkScene(scene);
    results.push({ cell, outcome, violations: [...violations, ...ttl, ...later] });
  }
  lane.regard();
  return results;
}

const reported = new Set<string>();

/** Keys without an end that should have one, each told once. */
async function keysForGood(lane: Lane): Promise<string[]> {
  const keys = (await lane.keysForGood()).filter((key) => !FOR_GOOD.test(key));
  const fresh = keys.filter((key) => !reported.has(key));
  for (const key of fresh) reported.add(key);
  return fresh;
}
