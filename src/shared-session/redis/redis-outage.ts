import {
  ClientClosedError,
  ClientOfflineError,
  ConnectionTimeoutError,
  DisconnectsClientError,
  ErrorReply,
  SocketClosedUnexpectedlyError,
  SocketTimeoutError,
  type RedisClientType,
  TimeoutError,
} from 'redis';
import { SessionStoreUnavailableError } from '../shared-session.errors.js';
import { ClusterUnreachableError } from '../redis/cluster-limits.js';
import { CommandTimeoutError } from './command-timeout.js';

const CONNECTION_ERRORS = [
  ClusterUnreachableError,
  CommandTimeoutError,
  ClientClosedError,
  ClientOfflineError,
  ConnectionTimeoutError,
  DisconnectsClientError,
  SocketClosedUnexpectedlyError,
  SocketTimeoutError,
  TimeoutError,
];

/** What clients said of their connections. */
const connectionFailures = new WeakSet<Error>();

/** How a Redis answers that is there and cannot serve, or may not, until it can. */
const PASSING_REPLY =
  /^(LOADING|READONLY|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|MOVED|ASK|OOM|MISCONF|BUSY|NOREPLICAS|NOPERM)\b/;
/** What Redis 7.0 says instead of NOPERM to a script. */
const DENIED_TO_SCRIPT = "ERR The user executing the script can't run this command";

/**
 * Remembers what a client says of its connection: the same errors are what its commands fail with then,
 * `multi()` included. By its code alone, an application's database that refuses connections looks alike.
 */
export function noteOutages(client: Pick<RedisClientType, 'on'>): void {
  client.on('error', (error: Error) => {
    connectionFailures.add(error);
  });
}

/** Whether an error says that Redis is out of reach or cannot serve now: a command's own, or the store's that it caused. */
export function isRedisOutage(thrown: unknown): boolean {
  const error = commandErrorOf(thrown);
  if (error instanceof ErrorReply) {
    return PASSING_REPLY.test(error.message) || error.message.startsWith(DENIED_TO_SCRIPT);
  }
  if (error instanceof Error && connectionFailures.has(error)) return true;
  return CONNECTION_ERRORS.some((type) => error instanceof type);
}

/** Whether a command that failed is known not to have been sent, by its own error or the store's that it caused. */
export function wasNotSent(thrown: unknown): boolean {
  const error = commandErrorOf(thrown);
  if (error instanceof CommandTimeoutError) return !error.wasSent;
  return error instanceof ClientOfflineError || error instanceof ClusterUnreachableError;
}

function commandErrorOf(thrown: unknown): unknown {
  return thrown instanceof SessionStoreUnavailableError ? thrown.cause : thrown;
}
