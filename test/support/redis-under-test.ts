import { createClient, type RedisClientType } from 'redis';
import {
  type RedisServer,
  startRedisServer as startServer,
} from '../../src/redis-server/redis-server.js';
import { startTestRedis, startTestValkey } from '../../src/testing/test-redis.js';
import { closeRedisClients, openRedisClients } from '../../src/shared-session/index.js';
import { parseRedisAddress } from '../../src/shared-session/redis/redis-address.js';
import { stopAfterwards } from './cleanup.js';
import { startRedisCluster } from './redis-cluster.js';
import { startRedisSentinel } from './redis-sentinel.js';
import { type ExtraRight, startRedisWithAcl, startWithAcl } from './redis-with-acl.js';

/** What the tests' own clients are duplicates of: createClient() takes 50 ms of CPU each time. */
const pattern: RedisClientType = createClient();

declare global {
  /** Set by jest.config.mjs: which Redis the file runs against. */
  var REDIS_UNDER_TEST: 'embedded' | 'server' | 'acl' | 'cluster' | 'sentinel';
}

/**
 * The address, for nodes, of this file's own Redis: embedded Valkey, a redis-server, or the one at REDIS_URL.
 *
 * @param extra what nodes need rights for that have none by default
 */
export function startRedis(...extra: ExtraRight[]): Promise<string> {
  return start(process.env['REDIS_URL'], extra);
}

/** The address of a Redis that nobody else asks anything, whose statistics can be read: also where REDIS_URL is set. */
export function startRedisOfOwn(): Promise<string> {
  return start(undefined);
}

async function start(url: string | undefined, extra: ExtraRight[] = []): Promise<string> {
  const redis = await STARTERS[globalThis.REDIS_UNDER_TEST](url, extra);
  stopAfterwards(() => redis.stop());
  return redis.url;
}

const STARTERS = {
  embedded: () => startTestValkey(),
  server: (url: string | undefined) => startTestRedis(url),
  acl: (_: string | undefined, extra: ExtraRight[]) => startRedisWithAcl({ extra }),
  cluster: (_: string | undefined, extra: ExtraRight[]) =>
    startWithAcl({ extra: ['cluster', ...extra] }, (settings) => startRedisCluster(3, 0, settings)),
  sentinel: (_: string | undefined, extra: ExtraRight[]) =>
    startWithAcl({ extra }, startRedisSentinel),
};

/** The address of one server, also where the file runs on several. */
export async function startSingleRedis(...extra: ExtraRight[]): Promise<string> {
  const isSingle = ['embedded', 'server', 'acl'].includes(globalThis.REDIS_UNDER_TEST);
  if (isSingle) return startRedis(...extra);
  const server = await startRedisServer({ isDurable: false });
  return server.url;
}

/** A redis-server of the caller's own. */
export async function startRedisServer({ isDurable = true } = {}): Promise<RedisServer> {
  const server = await startServer(isDurable);
  stopAfterwards(() => server.destroy());
  return server;
}

/** A client of the test's own, to look at Redis from outside: it may do everything, whatever nodes may. */
export async function openRedis(url: string): Promise<RedisClientType> {
  const withoutUser = url.replace(/\/\/[^@/]*@/, '//');
  if (!url.startsWith('redis:')) return openNodesClient(withoutUser);
  const client = pattern.duplicate({ url: withoutUser });
  client.on('error', () => undefined);
  await client.connect();
  stopAfterwards(() => {
    client.destroy();
  });
  return client;
}

/**
 * The addresses of the servers behind one: of all masters of a Cluster, or of the master and the replica that Sentinel
 * knows.
 */
export async function serverUrls(url: string): Promise<string[]> {
  const place = parseRedisAddress(url);
  if (!place || 'url' in place) return [url];
  if ('cluster' in place) return place.cluster.rootNodes.map(({ socket }) => urlOf(socket as Node));
  const { name, sentinelRootNodes } = place.sentinel;
  const sentinel = await openRedis(urlOf(sentinelRootNodes[0] as Node));
  const master = await sentinel.sendCommand(['SENTINEL', 'GET-MASTER-ADDR-BY-NAME', name]);
  const replicas = await sentinel.sendCommand(['SENTINEL', 'REPLICAS', name]);
  const [host = '', port = ''] = master as unknown as string[];
  const others = (replicas as unknown as Record<'ip' | 'port', string>[]).map(
    (replica) => `redis://${replica.ip}:${replica.port}`,
  );
  return [`redis://${host}:${port}`, ...others];
}

interface Node {
  readonly host: string;
  readonly port: number;
}

function urlOf({ host, port }: Node): string {
  return `redis://${host}:${String(port)}`;
}

/** As a node's own, of a Cluster or of Sentinel. */
async function openNodesClient(url: string): Promise<RedisClientType> {
  const clients = await openRedisClients(url);
  stopAfterwards(() => closeRedisClients(clients));
  return clients.commands;
}
