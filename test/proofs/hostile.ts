import { setTimeout as pause } from 'node:timers/promises';
import { bundle } from '../../scripts/bundle.js';
import { printTable, program } from '../support/program.js';
import { openRedis, startRedisServer } from '../support/redis-under-test.js';
import { Arena, type ArenaSettings } from './hostile/arena.js';
import { BOUND_MOVES } from './hostile/bounds.js';
import { Campaign } from './hostile/campaign.js';
import type { BoundMove } from './hostile/move.js';
import { MOVES } from './hostile/moves.js';
import { type Measured, phase } from './hostile/phase.js';
import { Tally } from './hostile/tally.js';

/** In one file: half of what a start takes is the loading of modules. */
const PROGRAM = 'build/bundled/hostile/server.js';
/** Until the nodes have compiled and allocated what they need. */
const WARM_UP_FRAMES = 20_000;
/** The same for a bound, which is about far more than that. */
const SHORT_WARM_UP_FRAMES = 4000;
/** Until more than a hundred events of each healthy user were timed. */
const LONG_ENOUGH_MS = 6000;
/** How often whoever is cut off comes back. */
const ROUND_MS = 1000;

const frames = Number(process.env['FRAMES'] ?? 1_000_000);
const seed = Number(process.env['SEED'] ?? 1);
const lanes = Number(process.env['LANES'] ?? 4);
/**
 * Frames a second. Nodes, Redis and clients share this machine: at full speed, all that healthy users would see is
 * that its processors are busy.
 */
const rate = Number(process.env['RATE'] ?? 2000);
/** Which moves, by a part of their name. */
const only = process.env['ONLY'] ?? '';
const isChosen = ({ name }: { name: string }): boolean => name.includes(only);

const tally = new Tally();
const measured: Measured[] = [];

// A client that writes what it likes, against two nodes: it must break neither them nor what others see of them.
await program(async () => {
  const start = performance.now();
  await bundle('build/bundled', { 'hostile/server': 'build/test/proofs/hostile/server.js' });
  const { url: redisUrl } = await startRedisServer({ isDurable: false });
  const settings = { redis: await openRedis(redisUrl), redisUrl, program: PROGRAM };
  try {
    await playMixed(settings);
    await playBounds(settings);
  } finally {
    // What was seen of a node before it ended says why it did.
    printAll();
  }
  const minutes = ((performance.now() - start) / 60_000).toFixed(1);
  console.log(`\n${String(tally.frames)} frames, seed ${String(seed)}, ${minutes} min`);
  return tally.violations.length === 0;
});

/** What is within all bounds, for as many frames as are wanted. */
async function playMixed(settings: ArenaSettings): Promise<void> {
  const arena = await Arena.start(settings);
  const { target } = arena;
  await warmUp(arena, Math.min(WARM_UP_FRAMES, frames));
  const campaign = new Campaign({ target, tally, seed, lanes, rate });
  const mixed = MOVES.filter(isChosen);
  if (only === '') await during('cuts at every byte', arena, () => campaign.cut(1));
  if (mixed.length > 0) await during('all moves mixed', arena, () => campaign.mix(mixed, frames));
  await stop('all moves mixed', arena);
}

/** What is beyond a bound: each move against nodes of its own, so that it is known what came of it. */
async function playBounds(settings: ArenaSettings): Promise<void> {
  for (const move of BOUND_MOVES.filter(isChosen)) {
    const arena = await Arena.start(settings);
    const { target } = arena;
    await warmUp(arena, SHORT_WARM_UP_FRAMES);
    const campaign = new Campaign({ target, tally, seed, lanes });
    await during(move.name, arena, () => playForAWhile(campaign, move));
    await stop(move.name, arena);
  }
}

/**
 * Once a second, as whoever is cut off comes back, until it is known what healthy users wait. Nothing limits yet how many
 * connections an address opens: one that opens them without a pause keeps a processor busy, whatever they may do.
 */
async function playForAWhile(campaign: Campaign, move: BoundMove): Promise<void> {
  const start = performance.now();
  while (performance.now() - start < LONG_ENOUGH_MS) {
    await Promise.all([campaign.play(move), pause(ROUND_MS)]);
  }
}

async function warmUp({ target, watches }: Arena, count: number): Promise<void> {
  for (const watch of watches) watch.begin();
  const campaign = new Campaign({ target, tally: new Tally(), seed: -seed, lanes });
  await campaign.mix(MOVES, count);
}

async function during(name: string, arena: Arena, work: () => Promise<void>): Promise<void> {
  console.error(name);
  measured.push(await phase({ name, arena, tally }, work));
}

async function stop(name: string, arena: Arena): Promise<void> {
  for (const trouble of await arena.stop()) tally.of(name).violate(undefined, trouble);
}

function printAll(): void {
  const bounds = new Map(BOUND_MOVES.map(({ name, bounds }) => [name, bounds.join(' or ')]));
  tally.print();
  console.log('\nIn brackets: before, while nobody was hostile.\n');
  const latency = ['same node p50', 'p99, ms', 'other node p50', 'p99, ms'];
  printTable(
    ['during', 'bound', 's', 'frames/s', ...latency, 'MB more'],
    measured.map(({ name, tookMs, frames: sent, quiet, latencies, roseMb }) => [
      name,
      bounds.get(name) ?? '',
      (tookMs / 1000).toFixed(1),
      String(Math.round((sent * 1000) / tookMs)),
      ...latencies.flatMap(({ p50, p99 }, index) => [
        `${p50.toFixed(1)} (${quiet[index]?.p50.toFixed(1) ?? ''})`,
        `${p99.toFixed(1)} (${quiet[index]?.p99.toFixed(1) ?? ''})`,
      ]),
      roseMb.map((mb) => mb.toFixed(0)).join(' and '),
    ]),
  );
  console.log('');
  tally.printViolations();
}
