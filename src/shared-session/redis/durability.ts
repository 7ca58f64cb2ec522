import type { OnApplicationShutdown } from '@nestjs/common';
import type { RedisClientType } from 'redis';
import { SessionStoreUnavailableError } from '../shared-session.errors.js';
import { Fence } from './fence.js';
import { inTime } from './in-time.js';
import { connectionFor } from './redis-clients.js';

/** A fence that is up, and the next one. */
const CONFIRM_TIMEOUT_MS = 1500;

/** What was written is on the master alone, or nobody knows. */
export class NotReplicatedError extends Error {
  override readonly name = 'NotReplicatedError';

  constructor() {
    super('No replica has confirmed a write in time.');
  }
}

/** A connection to a master, as it was when work began. */
interface Before {
  readonly key: string;
  /** How often it was made anew by then. */
  readonly epoch: number;
}

/** What is known of a connection. */
interface Known {
  epoch: number;
  readonly fence: Fence;
}

/**
 * Lets what is acknowledged survive the death of a master, where the operator asks for it: work counts as done
 * when a replica has what it wrote. A connection that was made anew in between may lead to a master that never had it, and
 * proves nothing.
 */
export class Durability implements OnApplicationShutdown {
  readonly #client: RedisClientType;
  readonly #isAsked: boolean;
  readonly #fence: (key: string) => string;
  readonly #known = new Map<RedisClientType, Known>();

  /**
   * @param isAsked false: work is done when the master says so
   * @param fence names a key with the hash tag of another one
   */
  constructor(client: RedisClientType, isAsked: boolean, fence: (key: string) => string) {
    this.#client = client;
    this.#isAsked = isAsked;
    this.#fence = fence;
  }

  onApplicationShutdown(): void {
    for (const { fence } of this.#known.values()) fence.close();
  }

  /**
   * Does work that writes to these keys.
   *
   * @throws SessionStoreUnavailableError when no replica confirms within 500 ms, or a second where others wait too: it may be
   * done or not
   */
  async surely<T>(keys: readonly string[], work: () => Promise<T>): Promise<T> {
    if (!this.#isAsked) return work();
    const before = new Map<RedisClientType, Before>();
    for (const key of keys) {
      const client = await this.#connection(key);
      if (!before.has(client)) before.set(client, { key, epoch: this.#knownOf(client).epoch });
    }
    const result = await work();
    await Promise.all([...before].map(([client, each]) => this.#confirm(client, each)));
    return result;
  }

  async #confirm(client: RedisClientType, { key, epoch }: Before): Promise<void> {
    const known = this.#knownOf(client);
    const lateness = (): Error => new NotReplicatedError();
    const asked = known.fence.confirm(this.#fence(key));
    const hasReplica = await inTime(asked, CONFIRM_TIMEOUT_MS, lateness).catch((cause: unknown) => {
      throw new SessionStoreUnavailableError(cause);
    });
    const isSame = known.epoch === epoch && (await this.#connection(key)) === client;
    if (hasReplica && isSame) return;
    throw new SessionStoreUnavailableError(new NotReplicatedError());
  }

  #connection(key: string): Promise<RedisClientType> {
    return connectionFor(this.#client, key).catch((cause: unknown) => {
      throw new SessionStoreUnavailableError(cause);
    });
  }

  #knownOf(client: RedisClientType): Known {
    const found = this.#known.get(client);
    if (found) return found;
    const known: Known = { epoch: 0, fence: new Fence(client) };
    client.on('ready', () => (known.epoch += 1));
    client.once('end', () => {
      known.epoch += 1;
      known.fence.close();
      this.#known.delete(client);
    });
    this.#known.set(client, known);
    return known;
  }
}
