import type { RedisClientType } from 'redis';
import { inTime } from './in-time.js';
import { refusalReporter } from './refusals.js';

/** How long a command may wait for its reply. */
export const TIMEOUT_MS = 1500;

/** Redis did not reply in time. Whether a command that was sent ran, nobody knows. */
export class CommandTimeoutError extends Error {
  override readonly name = 'CommandTimeoutError';

  /**
   * @param wasSent false for a command that was kept back, since another one had no reply yet
   * @param reply resolves when the reply is there after all, or its connection broken
   */
  constructor(
    readonly wasSent: boolean,
    readonly reply: Promise<void>,
  ) {
    super(`Redis did not reply within ${String(TIMEOUT_MS)} ms.`);
  }
}

/**
 * Lets a client's commands fail when Redis hangs: each after 1.5 s, and at once while one that was late
 * has no reply. node-redis knows a timeout for commands that were not sent yet and one for the whole
 * connection; the latter breaks healthy connections off when this process itself stood still.
 *
 * Nothing is sent while a reply is late, not even a ping: each write would put off the client's
 * `socketTimeout`, which gives up a connection that stays silent. `multi()` goes another way in node-redis
 * and has no limit.
 *
 * What Redis refuses to this node's user is in the log.
 *
 * @returns whether the client's commands have been seen to come this way
 */
export function limitCommands(client: RedisClientType): () => boolean {
  // What createClient() gives is a view of the client proper, whose commands call its own method.
  // Declared private.
  const proper = (client as unknown as { _self?: RedisClientType })._self ?? client;
  const send = proper.sendCommand.bind(proper);
  /** The reply that is late, if one is. */
  let late: Promise<void> | undefined;
  let isInForce = false;
  const reportRefusal = refusalReporter();
  const release = (): void => {
    late = undefined;
  };
  proper.sendCommand = function sendLimited<T>(...command: Parameters<typeof send>): Promise<T> {
    isInForce = true;
    if (late) return Promise.reject(new CommandTimeoutError(false, late));
    const reply = send<T>(...command);
    reply.catch(reportRefusal);
    return inTime(reply, TIMEOUT_MS, () => {
      // It comes after all, or fails with its connection.
      late = reply.then(release, release);
      return new CommandTimeoutError(true, late);
    });
  };
  return () => isInForce;
}
