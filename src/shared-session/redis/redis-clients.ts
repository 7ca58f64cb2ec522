import { Logger } from '@nestjs/common';
import type { RedisClientType, RedisClusterType, RedisSentinelType } from 'redis';
import { limitCluster } from './cluster-limits.js';
import { ClusterServers } from './cluster-servers.js';
import { asCluster, asSentinel } from './client-kind.js';
import { type RedisServers, SingleServer } from './redis-servers.js';
import { SentinelMaster } from './sentinel-master.js';
import { limitCommands } from './command-timeout.js';
import { noteOutages } from './redis-outage.js';

/** The three connections of one node: a subscriber cannot wait behind commands, nor they behind it. */
export interface RedisClients {
  /**
   * Reads and writes sessions, and whatever the application keeps. With `disableOfflineQueue`,
   * requests fail at once in an outage instead of hanging. On a Cluster, a command's keys must have one hash tag.
   */
  readonly commands: RedisClientType;
  /** Broadcasts and signals. Needs `disableOfflineQueue`, or they stall in an outage and arrive late. */
  readonly publisher: RedisClientType;
  /**
   * Rooms and signals. Keeps its offline queue, or rooms joined in an outage are lost; needs a
   * `socket.highWaterMark` of at least 16 MB, or it never comes back after an outage.
   */
  readonly subscriber: RedisClientType;
}

/** Three clients that an application has made itself: all of one server, of a Cluster, or of Sentinel. */
export type OwnRedisClients = Readonly<
  Record<keyof RedisClients, RedisClientType | RedisClusterType | RedisSentinelType>
>;

const masters = new WeakMap<object, SentinelMaster>();

/**
 * Clients of any kind, as clients whose commands fail in time: each goes to the server that its key belongs to.
 *
 * @param given connected clients
 */
export async function resolveRedisClients(given: OwnRedisClients): Promise<RedisClients> {
  const [commands, publisher, subscriber] = await Promise.all([
    resolveRedisClient(given.commands),
    resolveRedisClient(given.publisher),
    resolveRedisClient(given.subscriber, false),
  ]);
  return { commands, publisher, subscriber };
}

/** The servers on which the subscriber listens, of clients that {@link resolveRedisClients} has given. */
export function serversOf({ commands, publisher, subscriber }: RedisClients): RedisServers {
  const cluster = asCluster(subscriber);
  if (cluster) {
    const others = [commands, publisher].map(asCluster);
    return new ClusterServers(
      cluster,
      others.filter((each) => each !== undefined),
    );
  }
  return masters.get(subscriber) ?? new SingleServer(subscriber);
}

/** The connections behind a client: to one server, or to each master of a Cluster. */
export async function serversBehind(client: RedisClientType): Promise<RedisClientType[]> {
  const cluster = asCluster(client);
  if (!cluster) return [client];
  const connections = cluster.masters.map((master) => cluster.nodeClient(master));
  // Without the modules' commands.
  return await Promise.all(connections);
}

/** For each server behind a client one of these names that belongs there. */
export function nameOnEach(client: RedisClientType, nameOf: (number: number) => string): string[] {
  const cluster = asCluster(client);
  return cluster ? new ClusterServers(cluster, []).nameOnEach(nameOf) : [nameOf(0)];
}

/** Whether a client has the master that Sentinel has elected. */
export function isOfSentinel(client: RedisClientType): boolean {
  return masters.has(client);
}

/** The connection by which a client's commands go to the server that has a key now. */
export async function connectionFor(
  client: RedisClientType,
  key: string,
): Promise<RedisClientType> {
  const cluster = asCluster(client);
  // Without the modules' commands.
  if (cluster) return await cluster.getNodeClientForKey(key);
  return masters.get(client)?.of() ?? client;
}

const limited = new WeakSet();

/**
 * As {@link resolveRedisClients}, for one.
 *
 * @param isLimited not the subscriber: a subscription may wait for Redis to return
 */
export async function resolveRedisClient(
  client: OwnRedisClients[keyof OwnRedisClients],
  isLimited = true,
): Promise<RedisClientType> {
  const adopt = isLimited ? limit : (): void => undefined;
  const sentinel = asSentinel(client);
  if (sentinel) {
    const master = await SentinelMaster.of(sentinel, adopt);
    const resolved = master.asClient();
    masters.set(resolved, master);
    return resolved;
  }
  const cluster = asCluster(client);
  if (cluster && isLimited && !limited.has(cluster)) {
    limited.add(cluster);
    if (!limitCluster(cluster, limit)) warnOfSlowFailures();
  }
  // What was resolved once stays as it is.
  const single = client as RedisClientType;
  if (!cluster && !masters.has(single)) adopt(single);
  // A Cluster's has the same commands; each goes to the server that has its key.
  return single;
}

/** Once for each connection, whoever made it. */
function limit(client: RedisClientType): void {
  if (limited.has(client)) return;
  limited.add(client);
  noteOutages(client);
  const isInForce = limitCommands(client);
  client.ping().then(
    () => {
      if (!isInForce()) warnOfSlowFailures();
    },
    () => undefined,
  );
}

/** Only if a version of node-redis sends commands in another way than the one that this is tested with. */
function warnOfSlowFailures(): void {
  new Logger('Redis').warn(
    'With this version of redis a command cannot time out: a Redis that hangs is noticed after 10 s.',
  );
}
