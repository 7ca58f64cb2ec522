import { Logger } from '@nestjs/common';
import {
  createClient,
  createCluster,
  createSentinel,
  type RedisClientType,
  type RedisClusterOptions,
  type RedisSentinelOptions,
} from 'redis';
import { SharedSessionConfigError } from '../shared-session.errors.js';
import { inTime } from './in-time.js';
import {
  type OwnRedisClients,
  type RedisClients,
  resolveRedisClient,
  resolveRedisClients,
  serversBehind,
} from './redis-clients.js';
import { destroyClient } from './close-redis-clients.js';
import { parseRedisAddress, type RedisPlace } from './redis-address.js';
import { permitted } from './refusals.js';

/** Where Redis is: an address, several of one Cluster, or what node-redis' `createCluster()` and `createSentinel()` take. */
export type RedisAddress =
  | string
  | readonly string[]
  | { readonly cluster: RedisClusterOptions }
  | { readonly sentinel: RedisSentinelOptions };

/** Whether the clients are still to be opened. */
export function isAddress(
  redis: RedisAddress | Pick<OwnRedisClients, 'commands'>,
): redis is RedisAddress {
  return typeof redis === 'string' || !('commands' in redis);
}

type Role = keyof RedisClients;
type AnyClient = OwnRedisClients[Role];

const ROLES = ['commands', 'publisher', 'subscriber'] as const;
const CONNECT_TIMEOUT_MS = 10_000;
/** Longer than this process may stand still: nothing is read in that time, from healthy connections either. */
const SOCKET_TIMEOUT_MS = 10_000;
/** From the first failure of a Cluster's server on, before its map is drawn anew; then each time as long. */
const NEW_MAP_MS = 500;
/** How often Sentinel is asked who the master is, beside what it says of itself. */
const ASK_SENTINEL_MS = 1000;

const SOCKET = {
  connectTimeout: 2000,
  socketTimeout: SOCKET_TIMEOUT_MS,
  reconnectStrategy: reconnectDelay,
};

/** For every subscription at once: node-redis stops at the mark when it subscribes again. */
const ROOM: object = { highWaterMark: 2 ** 26 };

/**
 * No timeout for commands that were not sent yet: a client that does not queue has none, and a
 * subscription may wait for Redis to return. It would cost an AbortSignal a command.
 */
const COMMAND_OPTIONS = { timeout: 0 };

/**
 * Opens a node's three clients, of one server (`redis://`, `rediss://`), a Cluster (`redis+cluster://`, or several
 * addresses) or a master that Sentinel has elected (`redis+sentinel://…/name`). The caller closes them with `closeRedisClients()`.
 *
 * @throws Error when it is no address of Redis, or Redis does not answer within 10 s; SharedSessionConfigError when it refuses
 * this node
 */
export async function openRedisClients(address: RedisAddress): Promise<RedisClients> {
  const place = placeOf(address);
  const [commands, publisher, subscriber] = ROLES.map((role) => create(place, role)) as [
    AnyClient,
    AnyClient,
    AnyClient,
  ];
  const clients = [commands, publisher, subscriber];
  return connected(clients, async () => {
    const resolved = await resolveRedisClients({ commands, publisher, subscriber });
    await Promise.all([pingAll(resolved.commands), pingAll(resolved.publisher)]);
    return resolved;
  });
}

/**
 * Opens the one client of a process that has no sockets and subscribes to nothing. The caller closes it with
 * `closeClient()`.
 *
 * @throws Error when it is no address of Redis, or Redis does not answer within 10 s
 */
export async function openCommands(address: RedisAddress): Promise<RedisClientType> {
  const commands = create(placeOf(address), 'commands');
  return connected([commands], async () => {
    const resolved = await resolveRedisClient(commands);
    await pingAll(resolved);
    return resolved;
  });
}

function placeOf(address: RedisAddress): RedisPlace {
  const isText = typeof address === 'string' || Array.isArray(address);
  const place = isText ? parseRedisAddress(address as string) : (address as RedisPlace);
  if (!place) throw new Error('This is no address of a Redis: redis://host:6379 would be one.');
  return place;
}

async function connected<T>(clients: readonly AnyClient[], prepare: () => Promise<T>): Promise<T> {
  const connect = async (): Promise<T> => {
    await Promise.all(clients.map((client) => client.connect()));
    return prepare();
  };
  try {
    return await inTime(connect(), CONNECT_TIMEOUT_MS, () => new Error('timed out'));
  } catch (cause) {
    for (const opened of clients) await destroyClient(opened);
    if (cause instanceof SharedSessionConfigError) throw cause;
    throw new Error(
      'Redis did not answer within 10 s. Is it running, and is REDIS_URL its address?',
      { cause },
    );
  }
}

/** A Cluster's client connects to each server when it is first asked something. */
async function pingAll(client: RedisClientType): Promise<void> {
  const servers = await serversBehind(client);
  await Promise.all(servers.map((server) => permitted('PING', server.ping())));
}

function create(place: RedisPlace, role: Role): AnyClient {
  if ('cluster' in place) return clusterClient(place.cluster, role);
  if ('sentinel' in place) return sentinelClient(place.sentinel, role);
  const client = pattern().duplicate({ url: place.url, ...connectionOptions(role) });
  const { lost, back } = reporter(role);
  // A connection that was made anew, or one that replies again.
  client.on('error', lost).on('ready', back).on('ping-interval', back);
  return client;
}

function clusterClient(options: RedisClusterOptions, role: Role): AnyClient {
  const client = createCluster({
    topologyRefreshOnReconnectionAttemptStrategy: NEW_MAP_MS,
    ...options,
    commandOptions: COMMAND_OPTIONS,
    // A new map must not wait for a server of it that does not answer.
    minimizeConnections: true,
    defaults: withDefaults(options.defaults, role),
  });
  const { lost, back } = reporter(role);
  client.on('error', lost).on('node-error', lost).on('node-ready', back);
  // Without the modules' commands.
  return client as unknown as AnyClient;
}

function sentinelClient(options: RedisSentinelOptions, role: Role): AnyClient {
  const client = createSentinel({
    // Where addresses are mapped, node-redis 6.3 takes the master that it has for another one each time it asks.
    scanInterval: options.nodeAddressMap ? 0 : ASK_SENTINEL_MS,
    ...options,
    commandOptions: COMMAND_OPTIONS,
    nodeClientOptions: withDefaults(options.nodeClientOptions, role),
    sentinelClientOptions: {
      ...options.sentinelClientOptions,
      socket: { connectTimeout: SOCKET.connectTimeout, ...options.sentinelClientOptions?.socket },
    },
  });
  const { lost, back } = reporter(role);
  client.on('error', lost).on('ready', back);
  client.on('client-error', ({ error }: { error: Error }) => {
    lost(error);
  });
  return client;
}

/** What an application says of its connections, but for what the library cannot do without. */
function withDefaults<T extends { socket?: object }>(given: Partial<T> | undefined, role: Role): T {
  const own = connectionOptions(role);
  return {
    pingInterval: 500,
    commandOptions: COMMAND_OPTIONS,
    ...given,
    ...own,
    socket: { ...own.socket, ...given?.socket },
  } as unknown as T;
}

function connectionOptions(role: Role) {
  if (role !== 'subscriber') return { disableOfflineQueue: true, socket: SOCKET } as const;
  return { socket: { ...SOCKET, ...ROOM } } as const;
}

/** One line in the log when Redis goes, and one when it is back. */
function reporter(role: Role): {
  lost: (error: Error & { code?: string }) => void;
  back: () => void;
} {
  const logger = new Logger(`Redis ${role}`);
  let lastMessage = '';
  return {
    lost(error) {
      const message = error.message || (error.code ?? error.name);
      if (message !== lastMessage) logger.warn(`Out of reach: ${message}`);
      lastMessage = message;
    },
    back() {
      if (lastMessage) logger.log('In reach again');
      lastMessage = '';
    },
  };
}

let unconnected: RedisClientType | undefined;

/**
 * What every client of one server is a duplicate of: `createClient()` builds a class with all commands, which takes it
 * some 50 ms of CPU each time.
 */
function pattern(): RedisClientType {
  unconnected ??= createClient({
    commandOptions: COMMAND_OPTIONS,
    // A connection that broke silently answers no ping: it is given up after 10 s, and made anew.
    pingInterval: 500,
  });
  return unconnected;
}

/** Milliseconds before the next try: 50 ms doubling to 1 s, with up to a fifth of jitter against herds. */
function reconnectDelay(retries: number): number {
  return Math.min(50 * 2 ** retries, 1000) * (1 + Math.random() / 5);
}
