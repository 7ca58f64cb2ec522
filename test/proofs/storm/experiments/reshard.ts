import type { RedisClientType } from 'redis';
import { openRedis } from '../../../support/redis-under-test.js';
import {
  type ClusterDeployment,
  firstSlotOf,
  MASTERS,
  SLOTS,
  slotsInUse,
  startCluster,
} from '../cluster.js';
import type { Experiment, Stage } from '../experiment.js';
import { atMost, failed, plain } from '../measures.js';

const MOVED = 2000;

/** Slots move to the next master under load, first those that have sessions and users, then others at random. */
export const reshard: Experiment<ClusterDeployment> = {
  name: 'reshard',
  nodes: 2,
  closeWithinMs: 2000,
  takenOut: {
    what: 'subscriptions follow their slots',
    seenAs: ['open too long', 'tab differs'],
    edits: [
      { file: 'signals/subscriptions.js', code: 'this.#move(channel, shard);', instead: '' },
      { file: 'signals/subscriptions.js', code: 'this.#follow();', instead: '' },
    ],
  },
  deploy: () => startCluster(0),
  async harm(stage) {
    const { deployment, crowd, history, random } = stage;
    const masters = await Promise.all(deployment.cluster.masters.map(({ url }) => openRedis(url)));
    const slots = slotsInUse(crowd.customers);
    while (slots.size < MOVED) slots.add(random.below(SLOTS));
    const from = Date.now();
    const lostBefore = lost(stage);
    for (const slot of slots) await moveSlot(masters, slot);
    const to = Date.now();
    await crowd.goOn(10_000);
    return [
      plain('slots moved', `${String(slots.size)} in ${String(to - from)} ms`),
      plain('tries that failed meanwhile', failed(history, { from, to: Date.now() }).length),
      atMost('sockets lost', lost(stage) - lostBefore, 0, ''),
    ];
  },
};

/** Sockets that were closed although nobody ended their session. */
function lost({ history }: Stage<ClusterDeployment>): number {
  return history.connections.filter(
    ({ handle, closedAt }) => closedAt !== undefined && !history.hasEnded(handle),
  ).length;
}

/** Moves a slot with its keys to the next master, as `redis-cli --cluster reshard` does. */
async function moveSlot(masters: readonly RedisClientType[], slot: number): Promise<void> {
  const from = [...Array(MASTERS).keys()].findLast((index) => slot >= firstSlotOf(index)) ?? 0;
  const to = (from + 1) % MASTERS;
  const [source, target] = [masters[from], masters[to]];
  if (!source || !target) throw new Error('There is no such master.');
  const [sourceId, targetId] = [await source.clusterMyId(), await target.clusterMyId()];
  await target.clusterSetSlot(slot, 'IMPORTING', sourceId);
  await source.clusterSetSlot(slot, 'MIGRATING', targetId);
  const { port } = new URL(target.options.url ?? '');
  for (;;) {
    const found = await source.clusterGetKeysInSlot(slot, 100);
    if (found.length === 0) break;
    await source.migrate('127.0.0.1', Number(port), found, 0, 5000);
  }
  for (const client of [target, source, ...masters])
    await client.clusterSetSlot(slot, 'NODE', targetId);
}
