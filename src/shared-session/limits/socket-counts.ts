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

/**
 * How many connections each `who` has over all nodes, and no more than `most`, whichever nodes let them in at once. Each node
 * writes down its own number; those of a node that has been silent for 30 s are forgotten by the first that comes to the limit.
 *
 * While Redis is away each node counts for itself, and writes its numbers down when it is back.
 */
export class SocketCounts {
  readonly #options: CountsOptions;
  readonly #here = new Map<string, number>();
  /** Whose present number Redis does not know. */
  readonly #due = new Set<string>();

  constructor(options: CountsOptions) {
    this.#options = options;
    options.life.onBeat((isAnew) => {
      if (isAnew) for (const who of this.#here.keys()) this.#due.add(who);
      for (const who of this.#due) this.#report(who);
    });
  }

  /**
   * Counts one more.
   *
   * @returns whether there was room; {@link leave} is for those alone
   */
  async enter(who: string): Promise<boolean> {
    const count = this.#change(who, 1);
    try {
      if (count <= this.#options.most && (await this.#hasRoom(who, count))) return true;
    } catch (error) {
      if (isRedisOutage(error)) {
        this.#due.add(who);
        return true;
      }
      this.leave(who);
      throw error;
    }
    this.leave(who);
    return false;
  }

  /** Counts one less. */
  leave(who: string): void {
    this.#change(who, -1);
    this.#report(who);
  }

  #change(who: string, by: number): number {
    const count = (this.#here.get(who) ?? 0) + by;
    if (count > 0) this.#here.set(who, count);
    else this.#here.delete(who);
    return count;
  }

  async #hasRoom(who: string, count: number): Promise<boolean> {
    const [isIn, ...others] = await this.#write(who, count, this.#options.most);
    if (isIn === 1) return true;
    const { life, commands, keyOf } = this.#options;
    const alive = await life.aliveAmong(others);
    const dead = others.filter((name) => !alive.has(name));
    if (dead.length === 0) return false;
    await commands.hDel(keyOf(who), dead);
    const [isInNow] = await this.#write(who, count, this.#options.most);
    return isInNow === 1;
  }

  /** Tried again with the next heartbeat if it fails; what a life before this one has written counts no more. */
  #report(who: string): void {
    const { life } = this.#options;
    const { name } = life;
    this.#write(who, this.#here.get(who) ?? 0, 0).then(
      () => name === life.name && this.#due.delete(who),
      () => this.#due.add(who),
    );
  }

  #write(who: string, count: number, most: number): Promise<[isIn: number, ...string[]]> {
    const { commands, life, keyOf } = this.#options;
    return COUNT_SOCKETS.run(commands, [keyOf(who)], [life.name, count, most, KEPT_MS]);
  }
}
