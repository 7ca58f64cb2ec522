import { redisCpuMs } from '../../bench/redis-usage.js';
import { NodeProcess } from '../support/node-process.js';
import { stopAfterwards } from '../support/cleanup.js';
import { type Figure, program, report } from '../support/program.js';
import { startRedisCluster } from '../support/redis-cluster.js';
import { openRedis } from '../support/redis-under-test.js';
import { operation, Visitor } from '../support/visitor.js';
import { heardOn } from './heard.js';

const USERS = 300;
const UPDATES = 6000;
/** A user's updates are all on one master, so that no share is exact: of 300 users, a third is 100 or so. */
const TOLERANCE = 0.3;

interface Load {
  /** Of each master: how many updates it ran. */
  readonly updates: readonly number[];
  /** Of each master: processor time for each update of the whole, in µs. */
  readonly cpuUs: readonly number[];
}

/** The same load on a Cluster of so many masters. */
async function loadOn(masters: number): Promise<Load> {
  const cluster = await startRedisCluster(masters);
  stopAfterwards(() => cluster.stop());
  const node = await NodeProcess.start(`on${String(masters)}`, { REDIS_URL: cluster.url });
  const servers = await Promise.all(cluster.masters.map(({ url }) => openRedis(url)));
  const sockets = await Promise.all(
    Array.from({ length: USERS }, async () => (await new Visitor(node).arrive()).connect()),
  );
  const update = (sent: number) =>
    inTurn(sockets, sent).get('cart:apply', operation('set', 'scale', 1 + (sent % 98)));
  // A script's first run on a server carries its source.
  for (let sent = 0; sent < USERS; sent += 1) await update(sent);

  await Promise.all(servers.map((server) => server.configResetStat()));
  const before = await Promise.all(servers.map(redisCpuMs));
  for (let sent = 0; sent < UPDATES; sent += USERS) {
    await Promise.all(Array.from({ length: USERS }, (_, index) => update(sent + index)));
  }
  const after = await Promise.all(servers.map(redisCpuMs));
  const stats = await Promise.all(servers.map((server) => server.info('commandstats')));
  for (const socket of sockets) socket.close();
  await node.stop();
  const runs = stats.map((text) => Number(/^cmdstat_evalsha:calls=(\d+)/m.exec(text)?.[1] ?? 0));
  return {
    updates: runs,
    cpuUs: after.map((ms, index) => ((ms - (before[index] ?? 0)) * 1000) / UPDATES),
  };
}

/** One after the other, over and over. */
function inTurn<T>(all: readonly T[], turn: number): T {
  const found = all[turn % all.length];
  if (!found) throw new Error('There is none.');
  return found;
}

const list = (values: readonly number[]): string =>
  values.map((value) => value.toFixed(0)).join(', ');

/** What a node hears under the same load, beside how many others. With one node, it hears for all users. */
async function hearing(): Promise<Figure[]> {
  const figures: Figure[] = [];
  let before = Infinity;
  for (const nodes of [1, 2, 4, 8]) {
    const { signals, bytes } = await heardOn(nodes);
    figures.push(
      {
        what: `${String(nodes)} nodes: messages that one hears, mean and most`,
        measured: list(signals),
        target: 'no more than with half as many',
        met: signals[0] <= before,
      },
      {
        what: `${String(nodes)} nodes: bytes that one hears, mean and most`,
        measured: list(bytes),
        target: 'none',
        met: true,
      },
    );
    [before] = signals;
  }
  return figures;
}

// How the work of updates spreads over the masters of a Cluster, and what nodes hear of it.
await program(async () => {
  const heard = report('The same users, updates and ends on more nodes', await hearing());
  const figures: Figure[] = [];
  for (const masters of [1, 2, 3]) {
    const { updates, cpuUs } = await loadOn(masters);
    const share = UPDATES / masters;
    figures.push(
      {
        what: `${String(masters)} masters: scripts on each`,
        measured: list(updates),
        target: `${share.toFixed(0)} each, within ${String(TOLERANCE * 100)} %`,
        met: updates.every((count) => Math.abs(count - share) <= share * TOLERANCE),
      },
      {
        what: `${String(masters)} masters: CPU µs of each, an update of the whole`,
        measured: list(cpuUs),
        target: 'none',
        met: true,
      },
    );
  }
  const spread = report(
    `${String(UPDATES)} updates of ${String(USERS)} users, on one node`,
    figures,
  );
  return heard && spread;
});
