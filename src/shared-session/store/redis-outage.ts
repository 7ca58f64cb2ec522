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
import { CommandTimeoutError } from './command-timeout.js';

const CONNECTION_ERRORS = [
  CommandTimeoutError,
  ClientClosedError,
  ClientOfflineError,
  ConnectionTimeoutError,
  DisconnectsClientError,
  SocketClosedUnexpectedlyError,
  SocketTimeoutError,
  TimeoutError,
];

/** How Node names a connection that was refused, reset or given up. */
const CONNECTION_CODES = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT']);

/** How a Redis answers that is there and cannot serve, until it can. */
const PASSING_REPLY = /^(LOADING|READONLY|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|OOM|MISCONF|BUSY)\b/;

/** Whether an error that node-redis passed on says that Redis is out of reach or cannot serve now. */
export function isRedisOutage(error: unknown): boolean {
  if (error instanceof ErrorReply) return PASSING_REPLY.test(error.message);
  return isConnectionError(error) || CONNECTION_ERRORS.some((type) => error instanceof type);
}

function isConnectionError(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code, syscall } = error as NodeJS.ErrnoException;
  return syscall !== undefined && code !== undefined && CONNECTION_CODES.has(code);
}
