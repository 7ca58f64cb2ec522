import { setTimeout as pause } from 'node:timers/promises';
import { ErrorReply, type RedisClientType, type RedisClusterType } from 'redis';
import { CommandTimeoutError, TIMEOUT_MS } from './command-timeout.js';
import { inTime } from './in-time.js';

/** A command's keys are on two servers while their slot moves from one to the other. */
const RETRY_MS = 20;

/** No server of the Cluster could be asked, or none that was would do it. Nothing was done. */
export class ClusterUnreachableError extends Error {
  override readonly name = 'ClusterUnreachableError';

  constructor(cause: unknown) {
    super('No server of the Cluster could be asked.', { cause });
  }
}

type Send = (client: RedisClientType, options: unknown) => Promise<unknown>;

/** Declared as a part of node-redis that may change: the one way by which each command goes to a server. */
interface Executing {
  _execute?: (
    parser: unknown,
    isReadonly: unknown,
    options: unknown,
    send: Send,
    ...rest: unknown[]
  ) => Promise<unknown>;
}

/**
 * Lets the commands of a Cluster's client fail when they take too long, whatever they wait for: a server that hangs,
 * a connection, a new map of the slots. What was given up is not sent later.
 *
 * A command whose keys are just moving (`TRYAGAIN`) did not run: it is sent again until it does, within the same time.
 *
 * @param adopt called with each connection to a server before its first command
 * @returns whether this version of node-redis lets it
 */
export function limitCluster(
  cluster: RedisClusterType,
  adopt: (client: RedisClientType) => void,
): boolean {
  // What createCluster() gives is a view of the client proper.
  const proper = (cluster as unknown as { _self: Executing })._self;
  const execute = proper._execute?.bind(proper);
  if (!execute) return false;
  proper._execute = (parser, isReadonly, options, send, ...rest) => {
    const state = { wasSent: false, isLate: false, failure: undefined as unknown };
    const sendInTime: Send = async (client, sendOptions) => {
      adopt(client);
      for (;;) {
        if (state.isLate) throw new Error('Given up.');
        state.wasSent = true;
        try {
          return await send(client, sendOptions);
        } catch (error) {
          state.failure = error;
          if (!isMoving(error)) throw error;
          await pause(RETRY_MS);
        }
      }
    };
    const reply = execute(parser, isReadonly, options, sendInTime, ...rest).catch(
      (error: unknown) => {
        // node-redis goes on after a redirection alone, and a command that was redirected did not run.
        throw error === state.failure ? error : new ClusterUnreachableError(error);
      },
    );
    const settled = reply.then(nothing, nothing);
    return inTime(reply, TIMEOUT_MS, () => {
      state.isLate = true;
      return new CommandTimeoutError(state.wasSent, settled);
    });
  };
  return true;
}

function isMoving(error: unknown): boolean {
  return error instanceof ErrorReply && error.message.startsWith('TRYAGAIN');
}

function nothing(): void {
  // Only when it settles is of interest.
}
