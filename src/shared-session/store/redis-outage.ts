import {
  ClientClosedError,
  ClientOfflineError,
  ConnectionTimeoutError,
  DisconnectsClientError,
  ErrorReply,
  SocketClosedUnexpectedlyError,
  SocketTimeoutError,
  TimeoutError,
} from 'redis';

const CONNECTION_ERRORS = [
  ClientClosedError,
  ClientOfflineError,
  ConnectionTimeoutError,
  DisconnectsClientError,
  SocketClosedUnexpectedlyError,
  SocketTimeoutError,
  TimeoutError,
];

/** How a Redis answers that is there and cannot serve, until it can. */
const PASSING_REPLY = /^(LOADING|READONLY|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|OOM|MISCONF|BUSY)\b/;

/** Whether an error of node-redis says that Redis is out of reach or cannot serve now. */
export function isRedisOutage(error: unknown): boolean {
  if (error instanceof ErrorReply) return PASSING_REPLY.test(error.message);
  return CONNECTION_ERRORS.some((type) => error instanceof type);
}
