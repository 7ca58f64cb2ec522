import type { Experiment } from '../experiment.js';
import { atMost, longestGap, plain, untilReady } from '../measures.js';
import { type SingleRedis, startSingle } from '../single-redis.js';

const TIMES = 3;
const SHORTEST_MS = 5000;
const BETWEEN_MS = 5000;
const READY_WITHIN_MS = 5000;

/** Redis is killed and comes back, with all that it has acknowledged on disk. */
export const redisRestart: Experiment<SingleRedis> = {
  name: 'redis-restart',
  nodes: 2,
  closeWithinMs: 3000,
  takenOut: {
    what: 'writes are on disk before they are answered',
    seenAs: ['lost', 'forced out'],
  },
  deploy: (_, isUnprotected) => startSingle(!isUnprotected),
  async harm({ deployment: { server }, fleet, crowd, history, random }) {
    const times: number[] = [];
    const gaps: number[] = [];
    for (let time = 0; time < TIMES; time += 1) {
      const from = Date.now();
      await server.stop('SIGKILL');
      const downMs = SHORTEST_MS * (1 + 2 * random.next());
      await crowd.goOn(downMs);
      await server.start();
      times.push(...(await Promise.all(fleet.stations.map(untilReady))));
      await crowd.goOn(BETWEEN_MS);
      gaps.push(longestGap(history, { from, to: Date.now() }) - downMs);
    }
    return [
      plain('kills of Redis', TIMES),
      atMost('ready after Redis is back, ms', Math.max(...times), READY_WITHIN_MS),
      atMost('writes again after Redis is back, ms', Math.max(...gaps), READY_WITHIN_MS),
    ];
  },
};
