import { eventually } from '../../../../src/testing/eventually.js';
import type { Experiment, Stage } from '../experiment.js';
import { atMost, plain } from '../measures.js';
import { Onlookers } from '../onlookers.js';
import { startSingle } from '../single-redis.js';

const TIMES = 3;
const DOWN_MS = 3000;
const BACK_WITHIN_MS = 10_000;
/** Guests with a socket each, beside the customers. */
const ONLOOKERS = Number(process.env['HERD'] ?? 300);

/** All nodes die at once, and everybody is back as soon as there are nodes again. */
export const herd: Experiment = {
  name: 'herd',
  nodes: 2,
  closeWithinMs: 2000,
  deploy: () => startSingle(),
  async harm(stage) {
    const onlookers = new Onlookers(stage);
    await onlookers.arrive(ONLOOKERS);
    const times: number[] = [];
    let sockets = 0;
    for (let time = 0; time < TIMES; time += 1) {
      sockets = live(stage) + onlookers.live;
      times.push(await dieAndReturn(stage, onlookers));
    }
    onlookers.close();
    return [
      plain('times that all nodes died', TIMES),
      plain('sockets that came back', sockets),
      atMost('all back after the nodes, ms', Math.max(...times), BACK_WITHIN_MS),
    ];
  },
};

/** Resolves with how long after the nodes all tabs were there again, in ms. */
async function dieAndReturn(stage: Stage, onlookers: Onlookers): Promise<number> {
  const { fleet, crowd } = stage;
  const { stations } = fleet;
  const count = stations.length;
  await Promise.all(stations.map(({ node }) => node.stop('SIGKILL')));
  await crowd.goOn(DOWN_MS);
  const gone = [...stations];
  while (stations.length < 2 * count) await fleet.add();
  for (const station of gone) await fleet.remove(station, 'SIGKILL');
  const from = Date.now();
  const expected = crowd.customers.length * 2 * ON_THE_SPOT + ONLOOKERS;
  await eventually(() => live(stage) + onlookers.live >= expected, 60_000);
  return Date.now() - from;
}

/** So many of the customers' devices do not sign out and in just then. */
const ON_THE_SPOT = 0.9;

function live({ crowd }: Stage): number {
  return crowd.customers
    .flatMap(({ devices }) => devices)
    .filter(({ session }) => session?.tab.isLive).length;
}
