import type { RedisClientType } from 'redis';
import { eventually } from '../../../src/testing/eventually.js';
import { NodeProcess } from '../../support/node-process.js';
import { Visitor } from '../../support/visitor.js';
import { CommandProxy } from './command-proxy.js';
import { CommandWatch } from './command-watch.js';

/** Where requests go: a node, or whichever has taken its place. */
export interface Place {
  readonly url: string;
  readonly isPlain: true;
}

/** A node with a proxy of its own in front of Redis. */
interface Station {
  readonly proxy: CommandProxy;
  readonly watch: CommandWatch;
  readonly node: NodeProcess;
}

export interface LaneSettings {
  /** Looks at Redis from outside. */
  readonly redis: RedisClientType;
  readonly redisUrl: string;
  readonly prefix: string;
  /** What the nodes run. */
  readonly program: string;
}

/**
 * Two nodes that share a prefix: whatever goes wrong does so at the near one; the far one has a
 * connection of its own and sees what came of it. A near node that was killed is replaced by one that waits.
 */
export class Lane {
  readonly near: Place;
  /** At first the near node itself. */
  far: Place;
  readonly #foreign = new Set<string>();
  #station: Station | undefined;
  #spare: Promise<Station> | undefined;
  #started = 0;
  #isKilled = false;

  private constructor(private readonly settings: LaneSettings) {
    const nearUrl = (): string => this.#current.node.url;
    this.near = {
      isPlain: true,
      get url() {
        return nearUrl();
      },
    };
    this.far = this.near;
  }

  /** Starts the near node. */
  static async start(settings: LaneSettings): Promise<Lane> {
    const lane = new Lane(settings);
    lane.#station = await lane.#startStation();
    return lane;
  }

  /** Starts the far node. */
  async complete(): Promise<void> {
    const { redisUrl, prefix, program } = this.settings;
    const env = { REDIS_URL: redisUrl, REDIS_PREFIX: prefix };
    this.far = { isPlain: true, url: (await NodeProcess.start('far', env, { program })).url };
  }

  get watch(): CommandWatch {
    return this.#current.watch;
  }

  /** Ids of runs that go on in the background: commands about them are not the operation's. */
  disregard(ids: Iterable<string>): void {
    for (const id of ids) if (id) this.#foreign.add(id);
  }

  /** Nothing goes on in the background any more. */
  regard(): void {
    this.#foreign.clear();
  }

  /** Removes a key, as if its time had come. */
  async forget(key: string): Promise<void> {
    await this.settings.redis.del(this.settings.prefix + key);
  }

  /** Every key that has no end, without the prefix. */
  async keysForGood(): Promise<string[]> {
    const { redis, prefix } = this.settings;
    const found: string[] = [];
    for await (const keys of redis.scanIterator({ MATCH: `${prefix}*`, COUNT: 1000 })) {
      const left = await Promise.all(keys.map((key) => redis.pTTL(key)));
      found.push(...keys.filter((_, index) => left[index] === -1));
    }
    return found.map((key) => key.slice(prefix.length));
  }

  kill(): void {
    this.#isKilled = true;
    this.#current.node.signal('SIGKILL');
  }

  /** What became of the near node that nobody wanted; undefined if it is well. */
  complaint(): string | undefined {
    const { node } = this.#current;
    const line = /.*(LastResort|nhandled).*/.exec(node.output)?.[0];
    return line ?? (node.hasEnded && !this.#isKilled ? 'it ended' : undefined);
  }

  /** Lets everything pass again, and resolves when the near node works as before. */
  async restore(): Promise<void> {
    this.#current.proxy.release();
    if (this.#isKilled || this.complaint() !== undefined) await this.#replace();
    await eventually(async () => {
      const visitor = new Visitor(this.near);
      const answers = [await visitor.get('/health/ready'), await visitor.get('/session')];
      return answers.every(({ status }) => status === 200);
    });
  }

  /** Has a node ready to take the near one's place: a start takes a second. */
  prepareSpare(): void {
    this.#spare ??= this.#startStation();
  }

  get #current(): Station {
    if (!this.#station) throw new Error('The near node was not started.');
    return this.#station;
  }

  async #replace(): Promise<void> {
    this.prepareSpare();
    const { node, proxy } = this.#current;
    await node.stop('SIGKILL');
    proxy.close();
    this.#station = await this.#spare;
    this.#spare = undefined;
    // Who kills one kills the next too.
    this.prepareSpare();
    this.#isKilled = false;
  }

  async #startStation(): Promise<Station> {
    const { redisUrl, prefix, program } = this.settings;
    const proxy = await CommandProxy.to(redisUrl);
    this.#started += 1;
    const name = `near-${String(this.#started)}`;
    const watch = new CommandWatch(proxy, { prefix, node: name, foreign: this.#foreign });
    const env = { REDIS_URL: proxy.url, REDIS_PREFIX: prefix };
    return { proxy, watch, node: await NodeProcess.start(name, env, { program }) };
  }
}
