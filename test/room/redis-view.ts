import type { RedisClientType } from 'redis';
import type { Ended, RedisTruth, WorldName } from '../../client-demo/src/room/room-events.js';
import { sessionHandle } from '../../src/testing/node-parts.js';

/** Which sessions of a world have a record, as Redis itself says. */
export class RedisView {
  #records: ReadonlySet<string> = new Set();
  readonly #ended = new Map<string, number>();

  constructor(
    private readonly redis: RedisClientType,
    private readonly world: WorldName,
    private readonly prefix: string,
  ) {}

  /** Looks again. */
  async look(): Promise<void> {
    const start = `${this.prefix}sess:`;
    const keys = await this.redis.keys(`${start}*`);
    const records = new Set(keys.map((key) => this.#handleOf(key.slice(start.length))));
    for (const handle of this.#records) {
      if (!records.has(handle)) this.#ended.set(handle, Date.now());
    }
    for (const handle of records) this.#ended.delete(handle);
    this.#records = records;
  }

  /** Deletes a session's record, behind the back of whoever keeps it. */
  async delete(sid: string): Promise<void> {
    const name = this.world === 'ours' ? `{${sessionHandle(sid)}}` : sid;
    await this.redis.del(`${this.prefix}sess:${name}`);
  }

  hasEnded(handle: string): boolean {
    return this.#ended.has(handle);
  }

  described(nameOf: (handle: string) => string): RedisTruth {
    const ended = [...this.#ended].map(([handle, at]): Ended => ({ session: nameOf(handle), at }));
    return { records: [...this.#records].map(nameOf), ended };
  }

  /** Forgets what has ended, and everything that Redis keeps of this world. */
  async clear(): Promise<void> {
    const keys = await this.redis.keys(`${this.prefix}*`);
    if (keys.length > 0) await this.redis.del(keys);
    this.#records = new Set();
    this.#ended.clear();
  }

  /** A record is kept by handle here, and by id there. */
  #handleOf(name: string): string {
    return this.world === 'ours' ? name.slice(1, -1) : sessionHandle(name);
  }
}
