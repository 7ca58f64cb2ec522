import { eventually } from '../../../../src/testing/eventually.js';
import { Device } from '../device.js';
import { Customer } from '../customer.js';
import type { Experiment, Stage } from '../experiment.js';
import type { Station } from '../fleet.js';
import { atMost, plain } from '../measures.js';
import { startSingle } from '../single-redis.js';

const HOUR_MS = 3_600_000;
const IDLE_SECONDS = 20;
/** Less than the clocks differ. */
const ABSOLUTE_SECONDS = 1800;
const EXPIRES_WITHIN_MS = 5000;
const SHOPPING_MS = 15_000;
const SHIFT_CLOCK = new URL('../shift-clock.js', import.meta.url).href;

/** Of three nodes the clock of one is an hour ahead, that of another an hour behind. */
export const clock: Experiment = {
  name: 'clock',
  nodes: 1,
  env: {
    SESSION_IDLE_SECONDS: String(IDLE_SECONDS),
    SESSION_ABSOLUTE_SECONDS: String(ABSOLUTE_SECONDS),
  },
  closeWithinMs: 2000,
  takenOut: {
    what: 'the time is that of Redis',
    seenAs: ['figure', 'forced out'],
    edits: [
      {
        file: 'redis/redis-clock.js',
        code: 'return Math.round(performance.now() + this.#offsetMs);',
        instead: 'return Date.now();',
      },
    ],
  },
  deploy: () => startSingle(),
  async harm(stage) {
    const { fleet, crowd } = stage;
    for (const shiftMs of [HOUR_MS, -HOUR_MS]) await fleet.add(wrongBy(shiftMs));
    await crowd.goOn(SHOPPING_MS);
    const lives = await Promise.all(fleet.stations.map((station) => idleLife(stage, station)));
    const off = lives.map((ms) => Math.abs(ms - IDLE_SECONDS * 1000));
    return [
      plain('lives of idle sessions, ms', lives.map(Math.round).join(', ')),
      atMost('furthest from what is promised, ms', Math.max(...off), EXPIRES_WITHIN_MS),
    ];
  },
};

function wrongBy(shiftMs: number): NodeJS.ProcessEnv {
  return { NODE_OPTIONS: `--import ${SHIFT_CLOCK}`, CLOCK_SHIFT_MS: String(shiftMs) };
}

/** How long a session lives that does nothing after its socket was let in at a node, in ms. */
async function idleLife({ history, random, fleet }: Stage, station: Station): Promise<number> {
  const place = (): Station => station;
  const customer = new Customer({ history, random, place: fleet.pick });
  await customer.register();
  const device = new Device(customer.email, { history, random, place });
  await device.signIn();
  const { session } = device;
  await eventually(() => session?.tab.isLive);
  const from = Date.now();
  await eventually(() => !session?.tab.isLive, 3 * IDLE_SECONDS * 1000);
  device.close();
  return Date.now() - from;
}
