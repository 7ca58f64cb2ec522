import { eventually } from '../../../../src/testing/eventually.js';
import type { RedisServer } from '../../../../src/redis-server/redis-server.js';
import type { Figure } from '../../../support/program.js';
import { openRedis } from '../../../support/redis-under-test.js';
import {
  type ClusterDeployment,
  MASTERS,
  serveTheRest,
  shardsOf,
  startCluster,
} from '../cluster.js';
import type { Experiment, Stage } from '../experiment.js';
import { atMost, failed, longestGap, plain, type Span } from '../measures.js';

const NODE_TIMEOUT_MS = 2000;
const GAP_MS = NODE_TIMEOUT_MS + 4000;
const DOWN_MS = 12_000;
const BETWEEN_MS = 4000;

/** Each master of a Cluster is killed in turn; its replica takes over, and the killed one comes back as a replica. */
export const clusterKill: Experiment<ClusterDeployment> = {
  name: 'cluster-kill',
  nodes: 2,
  // A signal that nobody heard while its server was away is found by the next two looks.
  closeWithinMs: 15_000,
  takenOut: { what: 'replicas', seenAs: ['lost', 'figure'] },
  deploy: (_, isUnprotected) => startCluster(isUnprotected ? 0 : 1),
  async harm(stage) {
    const figures: Figure[] = [];
    for (let shard = 0; shard < MASTERS; shard += 1) figures.push(...(await killOne(stage, shard)));
    return figures;
  },
};

async function killOne(
  { deployment: { cluster }, crowd, history }: Stage<ClusterDeployment>,
  shard: number,
): Promise<Figure[]> {
  const master = cluster.masters[shard];
  if (!master) throw new Error('There is no such master.');
  const from = Date.now();
  await master.stop('SIGKILL');
  await crowd.goOn(DOWN_MS);
  await master.start();
  await serveTheRest(master);
  await untilHealthy([...cluster.masters, ...cluster.replicas]);
  const span: Span = { from, to: Date.now() };
  await crowd.goOn(BETWEEN_MS);
  const gap = longestGap(history, span, (attempt) => shardsOf(attempt)[1] === shard);
  const others = failed(history, span).filter((each) => !shardsOf(each).includes(shard));
  const name = `master ${String(shard + 1)}`;
  const tries = history.attempts.filter(
    (each) => each.invokedAt > from && !shardsOf(each).includes(shard),
  ).length;
  return [
    atMost(`${name}: longest time without a write in its slots, ms`, gap, GAP_MS),
    atMost(`${name}: failures of ${String(tries)} tries elsewhere`, others.length, 0, ''),
    plain(`${name}: how they failed`, howOften(others.map(({ code = 'no answer' }) => code))),
  ];
}

/** Resolves when every slot is served and each replica has a master. */
async function untilHealthy(servers: readonly RedisServer[]): Promise<void> {
  for (const { url } of servers) {
    const client = await openRedis(url);
    await eventually(async () => {
      const [info, replication] = [await client.clusterInfo(), await client.info('replication')];
      const isCopying = /role:master|master_link_status:up/.test(replication);
      return info.includes('cluster_slots_fail:0') && isCopying;
    }, 30_000);
    client.destroy();
  }
}

function howOften(words: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts].map(([word, count]) => `${String(count)} ${word}`).join(', ') || 'none';
}
