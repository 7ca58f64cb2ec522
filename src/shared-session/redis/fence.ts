import { randomUUID } from 'node:crypto';
import type { RedisClientType } from 'redis';

/** How long a replica may take, in ms. */
const REPLICA_TIMEOUT_MS = 500;
/** A fence is of no use to anybody later. */
const KEPT_MS = 1000;

/**
 * Asks one master whether a replica has all that was written before, by whichever connection: a write of its own, and `WAIT`
 * behind it. By a connection of its own, which `WAIT` holds up; those who ask meanwhile share the next answer.
 *
 * @see https://redis.io/docs/latest/commands/wait/
 */
export class Fence {
  readonly #client: RedisClientType;
  #connected: Promise<unknown> | undefined;
  #running: Promise<boolean> = Promise.resolve(true);
  #next: Promise<boolean> | undefined;

  /** @param master the connection by which everything else goes there */
  constructor(master: RedisClientType) {
    this.#client = master.duplicate();
    this.#client.on('error', () => undefined);
  }

  /** Whether a replica has confirmed within 500 ms; rejects when the master cannot be asked. */
  confirm(key: string): Promise<boolean> {
    this.#next ??= this.#running
      .catch(() => false)
      .then(() => {
        this.#next = undefined;
        this.#running = this.#ask(key);
        return this.#running;
      });
    return this.#next;
  }

  close(): void {
    if (this.#client.isOpen) this.#client.destroy();
  }

  async #ask(key: string): Promise<boolean> {
    this.#connected ??= this.#client.connect().catch((error: unknown) => {
      this.#connected = undefined;
      throw error;
    });
    await this.#connected;
    const expiration = { type: 'PX', value: KEPT_MS } as const;
    // Together, so that they go by one connection.
    const [, replicas] = await Promise.all([
      this.#client.set(key, randomUUID(), { expiration }),
      this.#client.wait(1, REPLICA_TIMEOUT_MS),
    ]);
    return replicas >= 1;
  }
}
