import type { Experiment } from '../experiment.js';
import { longestGap, plain } from '../measures.js';
import { type SentinelDeployment, startSentinels } from '../sentinel.js';

const REPLICATION = { ms: 300, jitterMs: 50 };
const AHEAD_MS = 3000;
const FAILOVER_MS = 15_000;
const HEALED_MS = 15_000;

/** The master that Sentinel watches is killed while its replica is 300 ms behind. */
export const sentinelKill: Experiment<SentinelDeployment> = {
  name: 'sentinel-kill',
  nodes: 2,
  closeWithinMs: 15_000,
  env: { REDIS_DURABILITY: 'replica' },
  takenOut: {
    what: 'waiting for the replica',
    seenAs: ['lost'],
    edits: [
      {
        file: 'redis/durability.js',
        code: 'if (!this.#isAsked)',
        instead: 'if (this.#isAsked)',
      },
    ],
  },
  deploy: (random) => startSentinels(random),
  async harm({ deployment: { servers, front }, crowd, history }) {
    front.slow('replica', REPLICATION);
    await crowd.goOn(AHEAD_MS);
    const from = Date.now();
    await servers.master.stop('SIGKILL');
    front.cut();
    await crowd.goOn(FAILOVER_MS);
    // Until there is a replica again, nothing can be confirmed: Sentinel makes one of the old master.
    await servers.master.start();
    front.slow('replica', { ms: 0, jitterMs: 0 });
    front.heal();
    await crowd.goOn(HEALED_MS);
    return [
      plain('longest time without a write, ms', longestGap(history, { from, to: Date.now() })),
    ];
  },
};
