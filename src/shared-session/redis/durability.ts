import { randomUUID } from 'node:crypto';
import type { RedisClientType } from 'redis';
import { SessionStoreUnavailableError } from '../shared-session.errors.js';
import { connectionFor } from './redis-clients.js';

/** How long a replica may take, in ms. */
const REPLICA_TIMEOUT_MS = 500;
/** A fence is of no use to anybody later. */
const FENCE_MS = 1000;

/** What was written is on the master alone, or nobody knows. */
export class NotReplicatedError extends Error {
  override readonly name = 'NotReplicatedError';

  constructor() {
    super('No replica has confirmed a write in time.');
  }
}

/**
 * Lets what is acknowledged survive the death of a master, where the operator asks for it: work counts as done
 * when a replica has what it wrote.
 *
 * Behind the work goes a write of its own, the fence, and `WAIT` with it: a replica takes everything in order, so one that
 * has the fence has all that was written before, by whichever node. A connection that was made anew in between may
 * lead to a master that never had it, and proves nothing.
 *
 * @see https://redis.io/docs/latest/commands/wait/
 */
export class Durability {
  readonly #client: RedisClientType;
  readonly #isAsked: boolean;
  readonly #fence: (key: string) => string;
  /** How often each connection was made anew. */
  readonly #epochs = new WeakMap<RedisClientType, { count: number }>();

  /**
   * @param isAsked false: work is done when the master says so
   * @param fence names a key with the hash tag of another one
   */
  constructor(client: RedisClientType, isAsked: boolean, fence: (key: string) => string) {
    this.#client = client;
    this.#isAsked = isAsked;
    this.#fence = fence;
  }

  /**
   * Does work that writes to these keys.
   *
   * @throws SessionStoreUnavailableError when no replica confirms within 500 ms: it may be done or not
   */
  async surely<T>(keys: readonly string[], work: () => Promise<T>): Promise<T> {
    if (!this.#isAsked) return work();
    const before = new Map<RedisClientType, { key: string; count: number }>();
    for (const key of keys) {
      const { client, count } = await this.#connection(key);
      if (!before.has(client)) before.set(client, { key, count });
    }
    const result = await work();
    const confirming = [...before].map(([client, { key, count }]) =>
      this.#confirm(key, { client, count }),
    );
    await Promise.all(confirming);
    return result;
  }

  async #confirm(key: string, before: Connection): Promise<void> {
    const { client, count } = await this.#connection(key);
    const expiration = { type: 'PX', value: FENCE_MS } as const;
    // Together, so that they go by one connection.
    const [, replicas] = await Promise.all([
      client.set(this.#fence(key), randomUUID(), { expiration }),
      client.wait(1, REPLICA_TIMEOUT_MS),
    ]).catch((cause: unknown) => {
      throw new SessionStoreUnavailableError(cause);
    });
    const after = await this.#connection(key);
    const isSame = [client, after.client].every((each) => each === before.client);
    if (replicas >= 1 && isSame && count === before.count && after.count === count) return;
    throw new SessionStoreUnavailableError(new NotReplicatedError());
  }

  async #connection(key: string): Promise<Connection> {
    const client = await connectionFor(this.#client, key).catch((cause: unknown) => {
      throw new SessionStoreUnavailableError(cause);
    });
    return { client, count: this.#epochOf(client).count };
  }

  #epochOf(client: RedisClientType): { count: number } {
    const known = this.#epochs.get(client);
    if (known) return known;
    const epoch = { count: 0 };
    client.on('ready', () => (epoch.count += 1));
    this.#epochs.set(client, epoch);
    return epoch;
  }
}

interface Connection {
  readonly client: RedisClientType;
  readonly count: number;
}
