import { setTimeout as pause } from 'node:timers/promises';
import type { Arena } from './arena.js';
import type { HealthyUsers, Latency } from './healthy-users.js';
import { holdingOf, leftovers } from './leftovers.js';
import type { ProcessWatch } from './process-watch.js';
import type { MoveTally, Tally } from './tally.js';

/** Scheduling on a busy machine takes so long, whatever a node does. */
const FLOOR_MS = 40;
/** How many times its quiet value an event may take, on the attacked node and on the other. */
const SLOWER = [3, 1.5];
const NAMES = ['the same node', 'the other node'];
/** How long it is quiet before. */
const QUIET_MS = 4000;
const MOST_MB = 64;
/** Of fewer events the slowest hundredth is one or none. */
const LEAST_EVENTS = 150;

/** What was measured during a part of the campaign. */
export interface Measured {
  readonly name: string;
  readonly tookMs: number;
  readonly frames: number;
  /** What healthy users waited for before, while nobody was hostile, and then. */
  readonly quiet: readonly Latency[];
  readonly latencies: readonly Latency[];
  /** By how much the memory of each node rose, in MB. */
  readonly roseMb: readonly number[];
}

export interface PhaseSettings {
  readonly name: string;
  readonly arena: Arena;
  readonly tally: Tally;
}

/** Measures how the nodes and their healthy users are while `work` goes on, and says what must not be so. */
export async function phase(
  { name, arena, tally }: PhaseSettings,
  work: () => Promise<void>,
): Promise<Measured> {
  const { watches, users } = arena;
  const move = tally.of(name);
  for (const watch of watches) complain(tally.of('warm-up'), watch);
  const quiet = await quietLatencies(users);
  const before = await Promise.all(watches.map(holdingOf));
  // While it was warmed up: what V8 uses between two collections is no more of the client's.
  const memory = watches.map(({ peakMb }) => peakMb);
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
    complain(move, watch);
  }
  const sent = tally.frames - framesBefore;
  return { name, tookMs, frames: sent, quiet, latencies, roseMb };
}

async function quietLatencies(users: HealthyUsers): Promise<Latency[]> {
  await users.figures();
  await pause(QUIET_MS);
  return (await users.figures()).latencies;
}

function complain(move: MoveTally, watch: ProcessWatch): void {
  const complaint = watch.complaint();
  if (complaint !== undefined) move.violate(undefined, `${watch.node.name} says: ${complaint}`);
}

function checkLatencies(
  move: MoveTally,
  quiet: readonly Latency[],
  latencies: readonly Latency[],
): void {
  latencies.forEach(({ p99, events }, index) => {
    if (events < LEAST_EVENTS) return;
    const most = Math.max(FLOOR_MS, (quiet[index]?.p99 ?? 0) * (SLOWER[index] ?? 1));
    if (p99 <= most) return;
    const figures = `p99 ${p99.toFixed(1)} ms, at most ${most.toFixed(1)}`;
    move.violate(undefined, `slow on ${NAMES[index] ?? ''}: ${figures}`);
  });
}
