import type { RedisClientType } from 'redis';
import { isRedisOutage } from '../redis/redis-outage.js';
import type { NodeLife } from '../signals/node-life.js';
import { COUNT_SOCKETS } from './socket-counts.script.js';

/** What nodes that died have left, where nobody comes to a limit that would find it. */
const KEPT_MS = 7 * 24 * 3_600_000;

interface CountsOptions {
  readonly most: number;
  readonly commands: RedisClientType;
  readonly life: NodeLife;
  readonly keyOf: (who: string) => string;
}

interface Waiting {
  readonly resolve: (isIn: boolean) => void;
  readonly reject: (error: unknown) => void;
}

/** What this node knows of one `who`. */
interface Tally {
  count: number;
  /** Those who ask to be let in. */
  waiting: Waiting[];
  /** Whether Redis does not know the present number. */
  isDue: boolean;
  isWriting: boolean;
}

/**
 * How many connections each `who` has over all nodes, and no more than `most`, whichever nodes let them in at once. Each node
 * writes down its own number; those of a node that has been silent for 30 s are forgotten by the first that comes to the limit.
 *
 * A number is written when the one before it has been: Redis may take two commands in another order than they were sent in, if the
 * first had to be sent again, and the older number would stay.
 *
 * While Redis is away each node counts for itself, and writes its numbers down when it is back.
 */
export class SocketCounts {
  readonly #options: CountsOptions;
  readonly #tallies = new Map<string, Tally>();

  constructor(options: CountsOptions) {
    this.#options = options;
    options.life.onBeat((isAnew) => {
      for (const [who, tally] of this.#tallies) {
        if (isAnew) tally.isDue = true;
        this.#write(who, tally);
      }
    });
  }

  /**
   * Counts one more.
   *
   * @returns whether there was room; {@link leave} is for those alone
   */
  enter(who: string): Promise<boolean> {
    const tally = this.#tallies.get(who) ?? {
      count: 0,
      waiting: [],
      isDue: false,
      isWriting: false,
    };
    this.#tallies.set(who, tally);
    return new Promise((resolve, reject) => {
      tally.waiting.push({ resolve, reject });
      this.#write(who, tally);
    });
  }

  /** Counts one less. */
  leave(who: string): void {
    const tally = this.#tallies.get(who);
    if (!tally) return;
    tally.count -= 1;
    tally.isDue = true;
    this.#write(who, tally);
  }

  /** Writes until there is nothing to write. What failed is tried again with the next heartbeat. */
  #write(who: string, tally: Tally): void {
    if (tally.isWriting) return;
    if (!tally.isDue && tally.waiting.length === 0) {
      if (tally.count === 0) this.#tallies.delete(who);
      return;
    }
    tally.isWriting = true;
    void this.#admit(who, tally, tally.waiting.splice(0)).then((isKnown) => {
      tally.isWriting = false;
      if (isKnown || tally.waiting.length > 0) this.#write(who, tally);
    });
  }

  /** @returns whether Redis knows this node's number */
  async #admit(who: string, tally: Tally, asking: readonly Waiting[]): Promise<boolean> {
    tally.isDue = false;
    try {
      const room = await this.#roomFor(who, tally, asking.length);
      this.#answer(tally, asking, room);
      return true;
    } catch (error) {
      tally.isDue = true;
      if (isRedisOutage(error)) this.#answer(tally, asking, this.#options.most - tally.count);
      else for (const { reject } of asking) reject(error);
      return false;
    }
  }

  #answer(tally: Tally, asking: readonly Waiting[], room: number): void {
    for (const [index, { resolve }] of asking.entries()) {
      const isIn = index < room;
      if (isIn) tally.count += 1;
      resolve(isIn);
    }
  }

  async #roomFor(who: string, tally: Tally, wanted: number): Promise<number> {
    const { life, commands, keyOf, most } = this.#options;
    const key = keyOf(who);
    const ask = () =>
      COUNT_SOCKETS.run(commands, [key], [life.name, tally.count, wanted, most, KEPT_MS]);
    const [room, ...others] = await ask();
    const alive = await life.aliveAmong(others);
    const dead = others.filter((name) => !alive.has(name));
    if (dead.length === 0) return room;
    await commands.hDel(key, dead);
    const [roomNow] = await ask();
    return roomNow;
  }
}
