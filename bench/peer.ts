import type { RedisClientType } from 'redis';
import { CommandLog } from '../test/support/command-log.js';
import { openRedis, startRedisServer } from '../test/support/redis-under-test.js';
import { BenchSocket, logIn, PROTOCOLS, type Protocol } from './client.js';
import { redisCpuMs } from './redis-usage.js';
import { BenchServer } from './server.js';

export interface PeerKind {
  readonly name: string;
  /** With its arguments. */
  readonly script: readonly string[];
  readonly protocol: Protocol;
}

export const PEERS: readonly PeerKind[] = [
  { name: 'ws-floor', script: ['build/bench/peers/ws-floor.js'], protocol: PROTOCOLS.floor },
  {
    name: 'socketio-recipe',
    script: ['build/bench/peers/socketio-recipe.js'],
    protocol: PROTOCOLS.recipe,
  },
  { name: 'nest-recipe', script: ['build/bench/peers/nest-recipe.js'], protocol: PROTOCOLS.recipe },
  { name: 'ours', script: ['dist/server/main.js'], protocol: PROTOCOLS.ours },
];

/** A user's tabs: one on each node. */
export type Pair = readonly [here: BenchSocket, there: BenchSocket];

const AT_ONCE = 50;

/** Two server processes of one kind with a redis-server of their own. */
export class Peer {
  #commandLog: CommandLog | undefined;

  private constructor(
    readonly kind: PeerKind,
    readonly redisUrl: string,
    readonly redis: RedisClientType,
    public a: BenchServer,
    public b: BenchServer,
  ) {}

  static async start(kind: PeerKind): Promise<Peer> {
    const { url } = await startRedisServer({ isDurable: false });
    const [redis, a, b] = await Promise.all([
      openRedis(url),
      BenchServer.start(kind.script, url),
      BenchServer.start(kind.script, url),
    ]);
    return new Peer(kind, url, redis, a, b);
  }

  /** Processor time of both nodes so far, in ms. */
  get cpuMs(): number {
    return this.a.cpuMs + this.b.cpuMs;
  }

  logIn(): Promise<string> {
    return logIn(this.a.url, this.kind.protocol);
  }

  open(node: BenchServer, cookie: string): Promise<BenchSocket> {
    return BenchSocket.open(node.url, cookie, this.kind.protocol);
  }

  /** Sockets of that many users, one on each node. */
  pairs(count: number): Promise<Pair[]> {
    return times(count, async () => {
      const cookie = await this.logIn();
      return Promise.all([this.open(this.a, cookie), this.open(this.b, cookie)]);
    });
  }

  /** How many commands the nodes send to Redis while something happens, pings and probes left out. */
  async commandsDuring(work: () => Promise<unknown>): Promise<number> {
    // Watching costs Redis much, so it begins with the first question, after all other figures.
    this.#commandLog ??= await CommandLog.of(this.redisUrl);
    const lines = await this.#commandLog.during(work);
    return lines.filter((line) => !/ lua\]|"ping"|:probe:/i.test(line)).length;
  }

  /** Processor time of its Redis so far, in ms. */
  redisCpuMs(): Promise<number> {
    return redisCpuMs(this.redis);
  }
}

/** Makes many, some at once. */
export async function times<T>(
  count: number,
  make: (index: number) => Promise<T>,
  atOnce = AT_ONCE,
): Promise<T[]> {
  const made: T[] = [];
  while (made.length < count) {
    const size = Math.min(atOnce, count - made.length);
    const start = made.length;
    made.push(...(await Promise.all(Array.from({ length: size }, (_, at) => make(start + at)))));
  }
  return made;
}
