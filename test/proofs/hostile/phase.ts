import { setTimeout as pause } from 'node:timers/promises';
import type { Arena } from './arena.js';
import type { HealthyUsers, Latency } from './healthy-users.js';
import { holdingOf, leftovers } from './leftovers.js';
import type { MoveTally, Tally } from './tally.js';

/** Scheduling on a busy machine takes so long, whatever a node does. */
const FLOOR_MS = 40;
/** How many times its quiet value an event may take, on the attacked node and on the other. */
const SLOWER = [3, 1.5];
const NAMES = ['the same node', 'the other node'];
/** Of fewer events no percentile is told. */
const FEWEST_EVENTS = 50;
const MOST_MB = 64;

/** What was measured during a part of the campaign. */
export interface Measured {
  readonly name: string;
  readonly tookMs: number;
  readonly frames: number;
  readonly latencies: readonly Latency[];
  /** By how much the memory of each node rose, in MB. */
  readonly roseMb: readonly number[];
}

export interface PhaseSettings {
  readonly name: string;
  readonly arena: Arena;
  readonly tally: Tally;
  /** What healthy users wait for while nobody is hostile. */
  readonly quiet: readonly Latency[];
}

/** Measures how the nodes and their healthy users are while `work` goes on, and says what must not be so. */
export async function phase(
  { name, arena, tally, quiet }: PhaseSettings,
  work: () => Promise<void>,
): Promise<Measured> {
  const { watches, users } = arena;
  const move = tally.of(name);
  const before = await Promise.all(watches.map(holdingOf));
  const memory = watches.map(({ rssMb }) => rssMb);
  for (const watch of watches) watch.begin();
  const framesBefore = tally.frames;
  await users.figures();
  const start = performance.now();
  await work();
  const tookMs = performance.now() - start;
  const { latencies, troubles } = await users.figures();
  for (const watch of watches) watch.end();
  for (const trouble of troubles) move.violate(undefined, `a healthy user: ${trouble}`);
  checkLatencies(move, quiet, latencies);
  const roseMb = watches.map(({ peakMb }, index) => peakMb - (memory[index] ?? 0));
  for (const [index, watch] of watches.entries()) {
    const { node } = watch;
    const rose = roseMb[index] ?? 0;
    if (rose > MOST_MB)
      move.violate(undefined, `memory: ${rose.toFixed(0)} MB more at ${node.name}`);
    const held = before[index];
    for (const left of held ? await leftovers(watch, held) : []) {
      move.violate(undefined, `left at ${node.name}: ${left}`);
    }
    const complaint = watch.complaint();
    if (complaint !== undefined) move.violate(undefined, `${node.name} says: ${complaint}`);
  }
  return { name, tookMs, frames: tally.frames - framesBefore, latencies, roseMb };
}

/** Waits, and measures how it is when nobody is hostile. */
export async function measureQuiet(users: HealthyUsers, forMs: number): Promise<Measured> {
  await users.figures();
  await pause(forMs);
  const { latencies } = await users.figures();
  return { name: 'quiet', tookMs: forMs, frames: 0, latencies, roseMb: [] };
}

function checkLatencies(
  move: MoveTally,
  quiet: readonly Latency[],
  latencies: readonly Latency[],
): void {
  latencies.forEach(({ p99, events }, index) => {
    const most = Math.max(FLOOR_MS, (quiet[index]?.p99 ?? 0) * (SLOWER[index] ?? 1));
    if (p99 <= most || events < FEWEST_EVENTS) return;
    const figures = `p99 ${p99.toFixed(1)} ms, at most ${most.toFixed(1)}`;
    move.violate(undefined, `slow on ${NAMES[index] ?? ''}: ${figures}`);
  });
}
