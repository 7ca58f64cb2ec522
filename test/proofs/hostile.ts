import { setPriority } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { bundle } from '../../scripts/bundle.js';
import { NodeProcess } from '../support/node-process.js';
import { printTable, program } from '../support/program.js';
import { openRedis, startRedisServer } from '../support/redis-under-test.js';
import { BOUND_MOVES } from './hostile/bounds.js';
import { Campaign } from './hostile/campaign.js';
import { Guests } from './hostile/guests.js';
import { HealthyUsers } from './hostile/healthy-users.js';
import { type Holding, holdingOf, leftovers } from './hostile/leftovers.js';
import { MOVES } from './hostile/moves.js';
import { type Measured, measureQuiet, phase, type PhaseSettings } from './hostile/phase.js';
import { ProcessWatch } from './hostile/process-watch.js';
import type { Target } from './hostile/stage.js';
import { Tally } from './hostile/tally.js';

/** In one file: half of what a start takes is the loading of modules. */
const PROGRAM = 'build/bundled/hostile/server.js';
const PREFIX = 'hostile:';
const WARM_UP_FRAMES = 20_000;
const QUIET_MS = 10_000;
/** The nodes' own timers close what is left. */
const SETTLE_MS = 6000;
/** Below all others: whoever is hostile has a machine of its own. */
const LOW_PRIORITY = 10;

const frames = Number(process.env['FRAMES'] ?? 1_000_000);
const seed = Number(process.env['SEED'] ?? 1);
const lanes = Number(process.env['LANES'] ?? 4);
/** Which moves, by a part of their name. */
const only = process.env['ONLY'] ?? '';
const isChosen = ({ name }: { name: string }): boolean => name.includes(only);

// A client that writes what it likes, against two nodes; it breaks neither them nor what others see of them.
await program(async () => {
  const start = performance.now();
  await bundle('build/bundled', { 'hostile/server': 'build/test/proofs/hostile/server.js' });
  const { target, nodes } = await startTarget();
  setPriority(LOW_PRIORITY);
  const tally = new Tally();
  const campaign = new Campaign({ target, tally, seed, lanes });
  const watches = nodes.map(
    (node) => new ProcessWatch(node, () => [...campaign.underWay].join(', ')),
  );
  const users = new HealthyUsers([target.near, target.far]);
  await warmUp(target);
  await pause(SETTLE_MS);
  const quiet = await measureQuiet(users, QUIET_MS);
  const before = await Promise.all(watches.map(holdingOf));
  const measured = await playAll(campaign, tally, { watches, users, quiet });
  await lookForLeftovers(tally, watches, before);
  printAll(tally, [
    { name: 'quiet', frames: 0, tookMs: QUIET_MS, roseMb: [], ...quiet },
    ...measured,
  ]);
  const minutes = ((performance.now() - start) / 60_000).toFixed(1);
  console.log(`\n${String(tally.frames)} frames, seed ${String(seed)}, ${minutes} min`);
  return tally.violations.length === 0;
});

async function startTarget(): Promise<{ target: Target; nodes: NodeProcess[] }> {
  const { url } = await startRedisServer({ isDurable: false });
  const env = { REDIS_URL: url, REDIS_PREFIX: PREFIX };
  const nodes = await Promise.all(
    ['near', 'far'].map((name) => NodeProcess.start(name, env, { program: PROGRAM })),
  );
  const [near, far] = nodes.map((node) => new URL(node.url));
  if (!near || !far) throw new Error('There are two nodes.');
  const guests = new Guests(near);
  await guests.prepare();
  const target = { near, far, guests, redis: await openRedis(url), prefix: PREFIX };
  return { target, nodes };
}

/** Until the nodes have compiled and allocated what they need: what is told of it does not count. */
async function warmUp(target: Target): Promise<void> {
  const campaign = new Campaign({ target, tally: new Tally(), seed: -seed, lanes });
  await campaign.mix(MOVES, Math.min(WARM_UP_FRAMES, frames));
}

async function playAll(
  campaign: Campaign,
  tally: Tally,
  settings: PhaseSettings,
): Promise<Measured[]> {
  const measured: Measured[] = [];
  const during = async (name: string, work: () => Promise<void>): Promise<void> => {
    console.error(name);
    measured.push(await phase(tally.of(name), settings, work));
  };
  const mixed = MOVES.filter(isChosen);
  if (only === '') await during('cuts at every byte', () => campaign.cut(1));
  if (mixed.length > 0) await during('all moves mixed', () => campaign.mix(mixed, frames));
  for (const move of BOUND_MOVES.filter(isChosen)) {
    await during(move.name, () => campaign.play(move));
    await pause(SETTLE_MS / 6);
  }
  return measured;
}

async function lookForLeftovers(
  tally: Tally,
  watches: readonly ProcessWatch[],
  before: readonly Holding[],
): Promise<void> {
  const all = tally.of('afterwards');
  await pause(SETTLE_MS);
  for (const [index, watch] of watches.entries()) {
    const held = before[index];
    if (!held || watch.node.hasEnded) continue;
    for (const left of await leftovers(watch, held)) {
      all.violate(undefined, `left at ${watch.node.name}: ${left}`);
    }
  }
}

function printAll(tally: Tally, measured: readonly Measured[]): void {
  const bounds = new Map(BOUND_MOVES.map(({ name, bound }) => [name, bound]));
  tally.print();
  console.log('');
  const head = [
    'during',
    'bound',
    's',
    'frames/s',
    'same node p50',
    'p99',
    'other node p50',
    'p99',
    'MB more',
  ];
  printTable(
    head,
    measured.map(({ name, tookMs, frames: sent, latencies, roseMb }) => [
      name,
      bounds.get(name) ?? '',
      (tookMs / 1000).toFixed(1),
      String(Math.round((sent * 1000) / tookMs)),
      ...latencies.flatMap(({ p50, p99 }) => [p50.toFixed(1), p99.toFixed(1)]),
      roseMb.map((mb) => mb.toFixed(0)).join(' and '),
    ]),
  );
  console.log('');
  for (const { move, seed: at, detail } of tally.violations) {
    console.log(`${move}${at === undefined ? '' : `, seed ${String(at)}`} | ${detail}`);
  }
}
