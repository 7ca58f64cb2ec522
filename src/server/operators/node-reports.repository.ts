import { Inject, Injectable } from '@nestjs/common';
import { type RedisClients, RedisScript } from '../../shared-session/index.js';
import { APP_PREFIX } from '../app.tokens.js';
import { REDIS_CLIENTS } from '../redis/redis.module.js';
import { NodeReport } from './node-report.js';

/** Three times as long as a node takes from one report to the next: after that, it counts as gone. */
const KEPT_MS = 15_000;

/**
 * Keys: the sorted set of nodes by when they count as gone, the report of one. Arguments: that node, its report, how long
 * it is kept in ms.
 */
const WRITE = new RedisScript<null>(`
  local time = redis.call('TIME')
  local now = time[1] * 1000 + math.floor(time[2] / 1000)
  for _, gone in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now)) do
    redis.call('ZREM', KEYS[1], gone)
  end
  redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3])
  redis.call('ZADD', KEYS[1], now + tonumber(ARGV[3]), ARGV[1])
  redis.call('PEXPIRE', KEYS[1], ARGV[3])
`);

/** Reports of the nodes that live. All have one hash tag: there are few, and they are read together. */
@Injectable()
export class NodeReportsRepository {
  constructor(
    @Inject(REDIS_CLIENTS) private readonly redis: RedisClients,
    @Inject(APP_PREFIX) private readonly prefix: string,
  ) {}

  /** @param instance unique among the nodes, also after a restart */
  async write(instance: string, report: NodeReport): Promise<void> {
    const keys = [this.#index, this.#reportOf(instance)];
    await WRITE.run(this.redis.commands, keys, [instance, JSON.stringify(report), KEPT_MS]);
  }

  async remove(instance: string): Promise<void> {
    const { commands } = this.redis;
    // Whoever reads in between finds no report, and leaves the node out.
    await Promise.all([
      commands.del(this.#reportOf(instance)),
      commands.zRem(this.#index, instance),
    ]);
  }

  /** By name. A report that another version wrote in another form is left out. */
  async all(): Promise<NodeReport[]> {
    const instances = await this.redis.commands.zRange(this.#index, 0, -1);
    if (instances.length === 0) return [];
    const texts = await this.redis.commands.mGet(instances.map((each) => this.#reportOf(each)));
    const reports = texts.flatMap((text) => {
      const { data } = NodeReport.safeParse(text === null ? null : JSON.parse(text));
      return data ?? [];
    });
    return reports.sort((one, other) => (one.name < other.name ? -1 : 1));
  }

  get #index(): string {
    return `${this.prefix}nodes:{nodes}`;
  }

  #reportOf(instance: string): string {
    return `${this.prefix}node:{nodes}:${instance}`;
  }
}
