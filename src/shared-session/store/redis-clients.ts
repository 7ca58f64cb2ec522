import { Logger } from '@nestjs/common';
import { limitCommands } from './command-timeout.js';
import { inTime } from './in-time.js';
import { noteOutages } from './redis-outage.js';
import { createClient, type RedisClientType } from 'redis';

/** The three connections of one node: a subscriber cannot wait behind commands, nor they behind it. */
export interface RedisClients {
  /**
   * Reads and writes sessions, and whatever the application keeps. With `disableOfflineQueue`,
   * requests fail at once in an outage instead of hanging.
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

const CONNECT_TIMEOUT_MS = 10_000;

/**
 * Opens the three clients. The caller closes them with {@link closeRedisClients}.
 *
 * @throws Error when Redis does not answer within 10 s
 */
export async function openRedisClients(url: string): Promise<RedisClients> {
  const commands = client(url, 'commands', { disableOfflineQueue: true });
  const publisher = client(url, 'publisher', { disableOfflineQueue: true });
  // Room for every subscription at once: node-redis stops at the mark when it subscribes again.
  const subscriber = client(url, 'subscriber', {}, { highWaterMark: 2 ** 26 });
  const clients = { commands, publisher, subscriber };
  const areInForce = limitClients(clients);
  try {
    const connected = Promise.all([commands.connect(), publisher.connect(), subscriber.connect()]);
    await inTime(connected, CONNECT_TIMEOUT_MS, () => new Error('timed out'));
    await Promise.all([commands.ping(), publisher.ping()]);
    if (!areInForce.every((isInForce) => isInForce())) warnOfSlowFailures();
  } catch (cause) {
    for (const opened of Object.values(clients)) opened.destroy();
    throw new Error(
      'Redis did not answer within 10 s. Is it running, and is REDIS_URL its address?',
      { cause },
    );
  }
  return clients;
}

const limited = new WeakMap<RedisClientType, () => boolean>();

/**
 * Lets commands and publishes fail in an outage as {@link limitCommands} and {@link noteOutages} say, once
 * for each client, whoever made it. Not those of the subscriber: a subscription may wait for Redis to return.
 *
 * @returns whether the commands of each have been seen to be limited
 */
export function limitClients({ commands, publisher }: RedisClients): (() => boolean)[] {
  return [commands, publisher].map((each) => {
    const known = limited.get(each);
    if (known) return known;
    noteOutages(each);
    const isInForce = limitCommands(each);
    limited.set(each, isInForce);
    return isInForce;
  });
}

/** How long each client may wait for replies before it is closed without them. */
const CLOSE_TIMEOUT_MS = 1000;

/** Closes gracefully if Redis answers within 1 s and hard if it does not; the subscriber first. */
export async function closeRedisClients(clients: RedisClients): Promise<void> {
  for (const each of [clients.subscriber, clients.publisher, clients.commands]) {
    if (!each.isOpen) continue;
    if (each.isReady) await closeGracefully(each);
    each.destroy();
  }
}

async function closeGracefully(client: RedisClientType): Promise<void> {
  const lateness = (): Error => new Error('Redis does not reply.');
  await inTime(client.close(), CLOSE_TIMEOUT_MS, lateness).catch(() => undefined);
}

/** Only if a version of node-redis sends commands in another way than the one that this is tested with. */
function warnOfSlowFailures(): void {
  new Logger('Redis').warn(
    'With this version of redis a command cannot time out: a Redis that hangs is noticed after 10 s.',
  );
}

function client(
  url: string,
  role: keyof RedisClients,
  options: { disableOfflineQueue?: true },
  stream: { highWaterMark?: number } = {},
): RedisClientType {
  const logger = new Logger(`Redis ${role}`);
  const created = pattern().duplicate({ url, ...options, socket: { ...SOCKET, ...stream } });
  let lastMessage = '';
  created.on('error', (error: Error & { code?: string }) => {
    const message = error.message || (error.code ?? error.name);
    if (message !== lastMessage) logger.warn(`Out of reach: ${message}`);
    lastMessage = message;
  });
  const recovered = (): void => {
    if (lastMessage) logger.log('In reach again');
    lastMessage = '';
  };
  // A connection that was made anew, or one that replies again.
  created.on('ready', recovered).on('ping-interval', recovered);
  return created;
}

let unconnected: RedisClientType | undefined;

/**
 * What every client is a duplicate of: `createClient()` builds a class with all commands, which takes it some 50 ms
 * of CPU each time.
 */
function pattern(): RedisClientType {
  unconnected ??= createClient({
    // No timeout for commands that were not sent yet: a client that does not queue has none, and a
    // subscription may wait for Redis to return. It would cost an AbortSignal a command.
    commandOptions: { timeout: 0 },
    // A connection that broke silently answers no ping: it is given up after 10 s, and made anew.
    pingInterval: 500,
  });
  return unconnected;
}

/** Longer than this process may stand still: nothing is read in that time, from healthy connections either. */
const SOCKET_TIMEOUT_MS = 10_000;

const SOCKET = {
  connectTimeout: 2000,
  socketTimeout: SOCKET_TIMEOUT_MS,
  reconnectStrategy: reconnectDelay,
};

/** Milliseconds before the next try: 50 ms doubling to 1 s, with up to a fifth of jitter against herds. */
function reconnectDelay(retries: number): number {
  return Math.min(50 * 2 ** retries, 1000) * (1 + Math.random() / 5);
}
