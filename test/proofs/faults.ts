import { bundle } from '../../scripts/bundle.js';
import { program } from '../support/program.js';
import { Random } from '../support/random.js';
import { openRedis, startRedisServer } from '../support/redis-under-test.js';
import { type Cell, nameOfCell, type Sequel, SEQUELS } from './faults/cell.js';
import { type Fault, FAULTS } from './faults/command-proxy.js';
import { stepsOf } from './faults/enumeration.js';
import { Lane } from './faults/lane.js';
import type { Operation } from './faults/operation.js';
import { OPERATIONS } from './faults/operations.js';
import { type Result, runBatch } from './faults/runner.js';
import { printMatrix, printViolations } from './faults/table.js';

/** In one file: it is started again for every cell that kills it. */
const PROGRAM = 'build/bundled/faults/server.js';
const BATCH = 60;
/** Their cells take seconds: who got no answer tries again, or signs out everywhere. */
const SLOW: readonly (Fault | undefined)[] = ['delay', 'kill'];

/** Which cells, by the beginning of their name, such as `sign-in/3/cut-after`. */
const only = process.env['ONLY'] ?? '';
const seed = Number(process.env['SEED'] ?? 1);
const laneCount = Number(process.env['LANES'] ?? 3);

// For every operation, each command that it sends, and each fault: plays it, lets the user go on, waits for one sweep,
// and looks for promises that were broken.
await program(async () => {
  const start = performance.now();
  await bundle('build/bundled', { 'faults/server': 'build/test/proofs/faults/server.js' });
  const lanes = await startLanes();
  const cells = await cellsOf(lanes[0]);
  if (cells.length === 0) throw new Error(`There is no cell of the name ${only}.`);
  console.error(`${String(cells.length)} runs at most`);
  const isFirst = ({ sequel, fault }: Cell): boolean => sequel !== 'retry' || SLOW.includes(fault);
  const results = await runAll(lanes, cells.filter(isFirst));
  // Who was told that it is done does not try again.
  const done = new Set(results.filter(wasDone).map(({ cell }) => nameOfCell(cell)));
  const isRetried = (cell: Cell): boolean =>
    !isFirst(cell) && !done.has(nameOfCell({ ...cell, sequel: 'nothing' }));
  results.push(...(await runAll(lanes, cells.filter(isRetried))));
  return report(results, performance.now() - start);
});

async function startLanes(): Promise<[Lane, ...Lane[]]> {
  const { url: redisUrl } = await startRedisServer({ isDurable: false });
  const redis = await openRedis(redisUrl);
  const settings = { redisUrl, redis, program: PROGRAM };
  const first = await Lane.start({ ...settings, prefix: 'lane-0:' });
  // A script's source travels once: past the first proxy, which learns its name.
  for (const operation of chosen()) await stepsOf(first, operation);
  const others: Lane[] = [];
  for (let index = 1; index < laneCount; index += 1) {
    others.push(await Lane.start({ ...settings, prefix: `lane-${String(index)}:` }));
  }
  const lanes: [Lane, ...Lane[]] = [first, ...others];
  for (const lane of lanes) await lane.complete();
  return lanes;
}

function chosen(): Operation[] {
  const [name = ''] = only.split('/');
  return OPERATIONS.filter((operation) => name === '' || operation.name === name);
}

/** Every cell, in an order that follows from the seed. */
async function cellsOf(lane: Lane): Promise<Cell[]> {
  const cells: Cell[] = [];
  for (const operation of chosen()) {
    cells.push({ operation, number: 0, sequel: 'nothing' });
    const steps = await stepsOf(lane, operation);
    steps.forEach((step, index) => {
      for (const fault of FAULTS) {
        for (const sequel of sequelsOf(fault)) {
          cells.push({ operation, number: index + 1, step, fault, sequel });
        }
      }
    });
  }
  lane.regard();
  const random = new Random(seed);
  return cells
    .filter((cell) => nameOfCell(cell).startsWith(only))
    .map((cell) => ({ cell, at: random.next() }))
    .toSorted((one, other) => one.at - other.at)
    .map(({ cell }) => cell);
}

function sequelsOf(fault: Fault): readonly Sequel[] {
  return SEQUELS.filter((sequel) => sequel !== 'nothing' || !SLOW.includes(fault));
}

async function runAll(lanes: readonly Lane[], cells: readonly Cell[]): Promise<Result[]> {
  const batches = batchesOf(cells);
  const total = cells.length;
  const results: Result[] = [];
  const work = lanes.map(async (lane) => {
    for (let batch = batches.shift(); batch; batch = batches.shift()) {
      results.push(...(await runBatch(lane, batch)));
      console.error(`${String(results.length)} of ${String(total)} runs`);
    }
  });
  await Promise.all(work);
  return results;
}

/** Whoever kills the node closes the sockets of all: such cells are among themselves. */
function batchesOf(cells: readonly Cell[]): Cell[][] {
  const batches: Cell[][] = [];
  for (const kills of [true, false]) {
    const kind = cells.filter(({ fault }) => (fault === 'kill') === kills);
    for (let at = 0; at < kind.length; at += BATCH) batches.push(kind.slice(at, at + BATCH));
  }
  return batches;
}

function wasDone({ cell, outcome }: Result): boolean {
  return cell.sequel === 'nothing' && outcome?.kind === 'done';
}

function report(results: readonly Result[], tookMs: number): boolean {
  printMatrix(results);
  printViolations(results);
  const bad = results.filter(({ violations }) => violations && violations.length > 0);
  const missed = results.filter(({ violations }) => !violations);
  const cells = new Set(results.map(({ cell }) => nameOfCell({ ...cell, sequel: 'nothing' })));
  console.log(
    `\n${String(cells.size)} cells, ${String(results.length)} runs, ${String(missed.length)} not reached, ` +
      `${String(bad.length)} with violations; seed ${String(seed)}, ${(tookMs / 60_000).toFixed(1)} min`,
  );
  return bad.length === 0;
}
