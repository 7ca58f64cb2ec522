import { openRedis } from '../../../support/redis-under-test.js';
import type { Experiment } from '../experiment.js';
import { atMost, lastWrite, plain } from '../measures.js';
import { type SentinelDeployment, startSentinels } from '../sentinel.js';

const LAG_SECONDS = 1;
/** Redis looks at its replicas once a second, and so do they at it. */
const REFUSES_WITHIN_MS = 1000 * (LAG_SECONDS + 2);
const AHEAD_MS = 3000;
const SPLIT_MS = 12_000;
const HEALED_MS = 15_000;

/** One node is with the old master on the wrong side of a split, while Sentinel elects another on the right one. */
export const splitBrain: Experiment<SentinelDeployment> = {
  name: 'split-brain',
  nodes: 2,
  closeWithinMs: 15_000,
  // On the wrong side, what was ended on the right one is read until the split is over.
  tolerates: ['ended works', 'forced out'],
  // Without it, what the old master takes until it misses its replica is acknowledged and lost.
  env: { REDIS_DURABILITY: 'replica' },
  takenOut: {
    what: 'waiting for the replica, and min-replicas-to-write',
    seenAs: ['lost', 'figure'],
    edits: [
      {
        file: 'redis/durability.js',
        code: 'if (!this.#isAsked)',
        instead: 'if (this.#isAsked)',
      },
    ],
  },
  deploy: (random) => startSentinels(random),
  async harm({ deployment: { servers, front }, fleet, crowd, history, isUnprotected }) {
    // First: a node does not start on a Redis that refuses writes, and a busy machine's replicas are late.
    const minority = await fleet.add({ STORM_REDIS: JSON.stringify(servers.master.url) });
    const master = await openRedis(servers.master.url);
    if (!isUnprotected) {
      await master.configSet({
        'min-replicas-to-write': '1',
        'min-replicas-max-lag': String(LAG_SECONDS),
      });
    }
    await crowd.goOn(AHEAD_MS);
    const from = Date.now();
    front.cut();
    await crowd.goOn(SPLIT_MS);
    const last = lastWrite(history, minority.name, { from, to: Date.now() });
    // What it knows of Redis is wrong from here on.
    await fleet.remove(minority, 'SIGKILL');
    front.heal();
    await crowd.goOn(HEALED_MS);
    return [
      plain('the split, ms', SPLIT_MS),
      atMost('last write on the wrong side, ms', last, REFUSES_WITHIN_MS),
    ];
  },
};
