import { setTimeout as pause } from 'node:timers/promises';
import type { HealthyUsers, Latency } from './healthy-users.js';
import type { ProcessWatch } from './process-watch.js';
import type { MoveTally } from './tally.js';

/** Scheduling on a busy machine takes so long, whatever a node does. */
const FLOOR_MS = 20;
/** How many times its quiet value an event may take, on the attacked node and on the other. */
const SLOWER = [3, 1.5];
const MOST_MB = 64;
const NAMES = ['the same node', 'the other node'];

/** How it was while nobody was hostile. */
export interface Quiet {
  readonly latencies: readonly Latency[];
}

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
  readonly watches: readonly ProcessWatch[];
  readonly users: HealthyUsers;
  readonly quiet: Quiet;
}

/** Measures how the nodes and their healthy users are while `work` goes on, and says what must not be so. */
export async function phase(
  tally: MoveTally,
  { watches, users, quiet }: PhaseSettings,
  work: () => Promise<void>,
): Promise<Measured> {
  await users.figures();
  const before = watches.map(({ rssMb }) => rssMb);
  for (const watch of watches) watch.begin();
  const framesBefore = tally.frames;
  const start = performance.now();
  await work();
  const tookMs = performance.now() - start;
  const { latencies, troubles } = await users.figures();
  for (const watch of watches) watch.end();
  const roseMb = watches.map(({ peakMb }, index) => peakMb - (before[index] ?? 0));
  for (const trouble of troubles) tally.violate(undefined, `a healthy user: ${trouble}`);
  checkLatencies(tally, quiet.latencies, latencies);
  watches.forEach((watch, index) => {
    const rose = roseMb[index] ?? 0;
    if (rose > MOST_MB) {
      const figure = `${rose.toFixed(0)} MB more at ${watch.node.name}`;
      tally.violate(undefined, `memory: ${figure}, during ${watch.peakDuring}`);
    }
    const complaint = watch.complaint();
    if (complaint !== undefined) tally.violate(undefined, `it says: ${complaint}`);
  });
  return { name: tally.move, tookMs, frames: tally.frames - framesBefore, latencies, roseMb };
}

/** Waits, and measures how it is when nobody is hostile. */
export async function measureQuiet(users: HealthyUsers, forMs: number): Promise<Quiet> {
  await users.figures();
  await pause(forMs);
  const { latencies } = await users.figures();
  return { latencies };
}

function checkLatencies(
  tally: MoveTally,
  quiet: readonly Latency[],
  latencies: readonly Latency[],
): void {
  latencies.forEach(({ p99 }, index) => {
    const most = Math.max(FLOOR_MS, (quiet[index]?.p99 ?? 0) * (SLOWER[index] ?? 1));
    if (p99 <= most) return;
    const figures = `p99 ${p99.toFixed(1)} ms, at most ${most.toFixed(1)}`;
    tally.violate(undefined, `slow on ${NAMES[index] ?? ''}: ${figures}`);
  });
}
