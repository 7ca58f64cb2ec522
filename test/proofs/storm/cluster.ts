import slotOf from 'cluster-key-slot';
import type { RedisServer } from '../../../src/redis-server/redis-server.js';
import { stopAfterwards } from '../../support/cleanup.js';
import { type RedisCluster, startRedisCluster } from '../../support/redis-cluster.js';
import { openRedis } from '../../support/redis-under-test.js';
import type { Customer } from './customer.js';
import type { Deployment } from './experiment.js';
import type { Attempt } from './history.js';

export const SLOTS = 16_384;
export const MASTERS = 3;

/** A Cluster of three masters. */
export interface ClusterDeployment extends Deployment {
  readonly cluster: RedisCluster;
}

/** Starts a Cluster that serves what it has when a part of it is away. */
export async function startCluster(replicasOfEach: number): Promise<ClusterDeployment> {
  const cluster = await startRedisCluster(MASTERS, replicasOfEach);
  stopAfterwards(() => cluster.stop());
  for (const server of [...cluster.masters, ...cluster.replicas]) await serveTheRest(server);
  return { url: cluster.url, cluster };
}

/** Lets a server go on when slots of another have nobody; until it is started again. */
export async function serveTheRest({ url }: RedisServer): Promise<void> {
  const client = await openRedis(url);
  await client.configSet('cluster-require-full-coverage', 'no');
  client.destroy();
}

/** Which third of the slots a key is in. */
export function shardOf(key: string): number {
  const slot = slotOf(key);
  return [...Array(MASTERS).keys()].findLast((index) => slot >= firstSlotOf(index)) ?? 0;
}

/** The first slot of a master, as it is in the beginning. */
export function firstSlotOf(index: number): number {
  return Math.floor((SLOTS * index) / MASTERS);
}

/** The shards that an operation needs: its session's and its user's. */
export function shardsOf({ handle, user }: Pick<Attempt, 'handle' | 'user'>): number[] {
  return [shardOf(`sess:{${handle}}`), shardOf(`cart:{user:${user}}`)];
}

/** The slots of all sessions and users that there are now. */
export function slotsInUse(customers: readonly Customer[]): Set<number> {
  const slots = new Set<number>();
  for (const { id, devices } of customers) {
    slots.add(slotOf(`cart:{user:${id}}`));
    for (const { session } of devices) if (session) slots.add(slotOf(`sess:{${session.handle}}`));
  }
  return slots;
}
