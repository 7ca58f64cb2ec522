import { bundle } from '../../../scripts/bundle.js';
import { eventually } from '../../../src/testing/eventually.js';
import type { Figure } from '../../support/program.js';
import { stopAll } from '../../support/cleanup.js';
import { Random } from '../../support/random.js';
import { openRedis } from '../../support/redis-under-test.js';
import { check, type Violation } from './checker.js';
import { Crowd } from './crowd.js';
import type { Experiment, Stage } from './experiment.js';
import { Fleet } from './fleet.js';
import { History } from './history.js';
import { Lag } from './lag.js';
import { readLedger } from './ledger.js';

const CUSTOMERS = 48;
const WARM_UP_MS = 4000;
const SETTLE_MS = 45_000;

export interface PlaySettings {
  readonly seed: number;
  /** How many times the usual number of customers. */
  readonly load: number;
  readonly isUnprotected: boolean;
}

/** What came of an experiment. */
export interface Result {
  readonly name: string;
  readonly history: History;
  readonly users: number;
  /** Of the process that plays the users, in ms: 99 of 100 of its timers were no later. */
  readonly lagMs: number;
  readonly figures: readonly Figure[];
  readonly violations: readonly Violation[];
}

/** Plays an experiment from its start to the check, and takes everything down. */
export async function play(experiment: Experiment, settings: PlaySettings): Promise<Result> {
  try {
    return await playOn(experiment, settings);
  } finally {
    await stopAll();
  }
}

async function playOn(
  experiment: Experiment,
  { seed, load, isUnprotected }: PlaySettings,
): Promise<Result> {
  const random = new Random(seed);
  const { name, nodes, closeWithinMs, takenOut } = experiment;
  const program = await build(name, isUnprotected ? takenOut?.edits : undefined);
  const deployment = await experiment.deploy(random, isUnprotected);
  const fleet = new Fleet({ deployment, random, program, env: experiment.env ?? {} });
  while (fleet.stations.length < nodes) await fleet.add();
  const history = new History();
  const crowd = new Crowd({ history, random, place: fleet.pick });
  await crowd.begin(Math.max(2, Math.round(CUSTOMERS * load)));
  await crowd.goOn(WARM_UP_MS);
  const redis = await openRedis(deployment.url);
  const stage: Stage = { deployment, fleet, crowd, history, redis, random, isUnprotected };
  console.error(`${name}: begins`);
  const lag = new Lag();
  lag.begin();
  const figures = await experiment.harm(stage);
  const lagMs = lag.end();
  console.error(`${name}: settles`);
  await fleet.healthy();
  await crowd.stop();
  await settle(stage);
  const evidence = { history, fleet, customers: crowd.customers, redis, closeWithinMs };
  const found = await check(evidence);
  const unmet = figures.filter(({ met }) => !met);
  const violations = [
    ...found,
    ...unmet.map(({ what, measured, target }) => ({
      kind: 'figure' as const,
      detail: `${what}: ${String(measured)}, not ${target}`,
    })),
  ];
  crowd.close();
  return { name, history, users: crowd.customers.length, lagMs, figures, violations };
}

/** In one file: nodes are started again and again. */
async function build(name: string, edits: Parameters<typeof bundle>[2] = []): Promise<string> {
  const directory = `build/bundled/storm/${name}`;
  await bundle(directory, { server: 'build/test/proofs/storm/server.js' }, [...edits]);
  return `${directory}/server.js`;
}

/** Resolves when every tab shows what Redis has; or later, and then the checker says so. */
async function settle({ crowd, redis }: Stage): Promise<void> {
  const devices = crowd.customers.flatMap((customer) => customer.devices);
  if (devices.some(({ isStranger }) => isStranger)) return;
  await eventually(async () => {
    for (const { id, devices } of crowd.customers) {
      const ledger = await readLedger(redis, id);
      const agree = devices.every(
        ({ session }) => session?.tab.isLive && ledger.isShown(session.tab.cart.quantities),
      );
      if (!agree) return false;
    }
    return true;
  }, SETTLE_MS).catch(() => undefined);
}
