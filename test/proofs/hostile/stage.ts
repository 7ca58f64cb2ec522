import type { RedisClientType } from 'redis';
import { Random } from '../../support/random.js';
import { type Guests, handleOf } from './guests.js';
import { HostileConnection } from './hostile-connection.js';
import { call } from './http-call.js';
import type { MoveTally } from './tally.js';
import { type Head, upgradeHead } from './upgrade-head.js';
import type { Witness } from './witness.js';

/** Whom it goes against. */
export interface Target {
  /** The node that hostile sockets connect to. */
  readonly near: URL;
  /** Another node with the same sessions. */
  readonly far: URL;
  readonly guests: Guests;
  /** Looks at Redis from outside. */
  readonly redis: RedisClientType;
  readonly prefix: string;
}

/** One play of one move: all that it does follows from its seed. */
export class Stage implements Witness {
  readonly random: Random;
  readonly #connections: HostileConnection[] = [];

  constructor(
    readonly target: Target,
    private readonly tally: MoveTally,
    readonly seed: number,
  ) {
    this.random = new Random(seed);
  }

  /** Randomness for something that goes on beside other things. */
  fork(): Random {
    return new Random(this.random.below(2 ** 31));
  }

  sent(frames: number): void {
    this.tally.frames += frames;
  }

  note(outcome: string, count = 1): void {
    this.tally.note(outcome, count);
  }

  violate(detail: string): void {
    this.tally.violate(this.seed, detail);
  }

  /** A TCP connection on which nothing was sent yet. */
  dial(): HostileConnection {
    const connection = new HostileConnection(this, this.target.near);
    this.#connections.push(connection);
    return connection;
  }

  /** The cookie of a session that nobody ends. */
  anyCookie(): string {
    return this.target.guests.any(this.random);
  }

  /** A connection that was upgraded, unless the node refused it, and joined no namespace. */
  async open(cookie = this.anyCookie(), head: Partial<Head> = {}): Promise<HostileConnection> {
    const connection = this.dial();
    connection.write(upgradeHead(this.target.near, cookie, head));
    await connection.next(/^0/);
    return connection;
  }

  /** A connection that is in the namespace `/`, unless the node refused it. */
  async join(cookie?: string): Promise<HostileConnection> {
    const connection = await this.open(cookie);
    connection.send('40');
    await connection.next(/^42\["session:ready"|^44/);
    return connection;
  }

  /** A request to one of the nodes; none may fail for want of anything but a session. */
  async request(
    method: string,
    path: string,
    { cookie, body, at = this.target.near }: { cookie?: string; body?: unknown; at?: URL } = {},
  ): Promise<string | undefined> {
    const answer = await call(at, method, path, {
      ...(cookie ? { cookie } : {}),
      ...(body === undefined ? {} : { body }),
    });
    this.note(`${method} ${String(answer.status)}`);
    if (answer.status >= 500) this.violate(`${method} ${path}: ${String(answer.status)}`);
    return answer.cookie;
  }

  /** Has a session's record expire after some time. */
  async expire(cookie: string, afterMs: number): Promise<void> {
    const { redis, prefix } = this.target;
    await redis.pExpire(`${prefix}sess:{${handleOf(cookie)}}`, Math.max(1, afterMs));
  }

  /** Waits for the answers that are due, and leaves by one way or another. */
  async leave(): Promise<void> {
    await Promise.all(this.#connections.map((connection) => connection.settle()));
    for (const connection of this.#connections) {
      if (this.random.chance(0.5)) connection.leave();
      else connection.reset();
    }
    const gone = await Promise.all(this.#connections.map((connection) => connection.closes()));
    if (gone.includes(false)) this.violate('a connection that was left is not closed');
    for (const connection of this.#connections) if (!connection.isClosed) connection.reset();
  }
}
