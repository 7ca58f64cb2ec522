import type { RedisClientType } from 'redis';

/** How long a command may wait for its reply. */
const TIMEOUT_MS = 1500;

/** Redis did not reply in time. Whether the command ran, nobody knows. */
export class CommandTimeoutError extends Error {
  override readonly name = 'CommandTimeoutError';

  constructor() {
    super(`Redis did not reply within ${String(TIMEOUT_MS)} ms.`);
  }
}

/**
 * Lets a client's commands fail when Redis hangs: each after 1.5 s, and at once those that are sent before
 * it replies again. node-redis knows a timeout for commands that were not sent yet and one for the whole
 * connection; the latter breaks healthy connections off when this process itself stood still.
 *
 * @returns whether the client's commands have been seen to come this way
 */
export function limitCommands(client: RedisClientType): () => boolean {
  // What createClient() gives is a view of the client proper, whose commands call its own method.
  // Declared private.
  const proper = (client as unknown as { _self?: RedisClientType })._self ?? client;
  const send = proper.sendCommand.bind(proper);
  let isStuck = false;
  let isInForce = false;
  const setStuck = (stuck: boolean): void => {
    isStuck = stuck;
  };
  proper.sendCommand = function sendWithinTime<T>(...command: Parameters<typeof send>): Promise<T> {
    isInForce = true;
    // A ping finds out whether Redis replies again.
    if (isStuck && command[0][0] !== 'PING') return Promise.reject(new CommandTimeoutError());
    return withinTime(send<T>(...command), setStuck);
  };
  client.on('ready', () => {
    isStuck = false;
  });
  return () => isInForce;
}

/** @param setStuck told whether Redis replies */
function withinTime<T>(reply: Promise<T>, setStuck: (stuck: boolean) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    let isSettled = false;
    const timer = setTimeout(() => {
      // After this process stood still, the reply may lie in the connection's buffer: it is read first.
      setImmediate(() => {
        if (isSettled) return;
        setStuck(true);
        reject(new CommandTimeoutError());
      });
    }, TIMEOUT_MS);
    const settle = (): void => {
      isSettled = true;
      clearTimeout(timer);
    };
    reply.then(
      (value) => {
        settle();
        setStuck(false);
        resolve(value);
      },
      (error: unknown) => {
        settle();
        reject(error instanceof Error ? error : new Error(String(error)));
      },
    );
  });
}
