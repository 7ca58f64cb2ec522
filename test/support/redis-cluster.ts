import { createClient, type RedisClientType } from 'redis';
import { freePort } from '../../src/redis-server/free-port.js';
import {
  type RedisServer,
  type RedisSettings,
  startRedisServer,
} from '../../src/redis-server/redis-server.js';
import { eventually } from '../../src/testing/eventually.js';

const SLOTS = 16_384;
const SETTINGS = {
  'cluster-enabled': 'yes',
  'cluster-config-file': 'nodes.conf',
  'cluster-node-timeout': '2000',
};

/** A Redis Cluster of processes on loopback. */
export interface RedisCluster {
  /** As `openRedisClients()` takes it. */
  readonly url: string;
  readonly masters: readonly RedisServer[];
  readonly replicas: readonly RedisServer[];
  stop(): Promise<void>;
}

/** Starts a Cluster, with so many replicas of each master; resolves when all slots are served. */
export async function startRedisCluster(
  masters: number,
  replicasOfEach = 0,
  settings: RedisSettings = {},
): Promise<RedisCluster> {
  const count = masters * (1 + replicasOfEach);
  const servers: RedisServer[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(servers.map((server) => server.destroy()));
  };
  try {
    // One after the other: each asks for free ports.
    while (servers.length < count) servers.push(await startClusterServer(settings));
    await join(servers, masters);
  } catch (error) {
    await stop();
    throw error;
  }
  const addresses = servers.map(({ port }) => `127.0.0.1:${String(port)}`);
  return {
    url: `redis+cluster://${addresses.join(',')}`,
    masters: servers.slice(0, masters),
    replicas: servers.slice(masters),
    stop,
  };
}

/** The port for the Cluster's own talk, 10,000 above by default, would be beyond the last port. */
async function startClusterServer(settings: RedisSettings): Promise<RedisServer> {
  const own = { ...SETTINGS, 'cluster-port': String(await freePort()) };
  return startRedisServer(false, { ...own, ...settings });
}

async function join(servers: readonly RedisServer[], masters: number): Promise<void> {
  const clients = await Promise.all(servers.map(({ url }) => connect(url)));
  try {
    const ids = await Promise.all(clients.map((client) => client.clusterMyId()));
    await Promise.all(
      clients.slice(0, masters).map((client, index) => {
        const start = Math.floor((SLOTS * index) / masters);
        const end = Math.floor((SLOTS * (index + 1)) / masters) - 1;
        return client.clusterAddSlotsRange({ start, end });
      }),
    );
    const [first] = clients;
    for (const server of servers.slice(1)) await meet(first, server);
    await eventually(async () =>
      (await Promise.all(clients.map(knownNodes))).every((known) => known === servers.length),
    );
    await Promise.all(
      clients
        .slice(masters)
        .map((client, index) => client.clusterReplicate(ids[index % masters] ?? '')),
    );
    await eventually(async () => (await Promise.all(clients.map(isWhole))).every(Boolean));
  } finally {
    for (const client of clients) client.destroy();
  }
}

async function meet(client: RedisClientType | undefined, server: RedisServer): Promise<void> {
  const other = await connect(server.url);
  const info = await other.sendCommand(['CONFIG', 'GET', 'cluster-port']);
  other.destroy();
  const bus = String(
    (info as unknown as Record<string, string>)['cluster-port'] ?? (info as unknown as string[])[1],
  );
  await client?.sendCommand(['CLUSTER', 'MEET', '127.0.0.1', String(server.port), bus]);
}

async function connect(url: string): Promise<RedisClientType> {
  const client: RedisClientType = createClient({ url });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

async function knownNodes(client: RedisClientType): Promise<number> {
  return Number(/cluster_known_nodes:(\d+)/.exec(await client.clusterInfo())?.[1]);
}

async function isWhole(client: RedisClientType): Promise<boolean> {
  const info = await client.clusterInfo();
  return (
    info.includes('cluster_state:ok') && info.includes(`cluster_slots_assigned:${String(SLOTS)}`)
  );
}
