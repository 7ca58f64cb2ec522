import type { RedisClientType } from 'redis';
import { NodeProcess } from '../../support/node-process.js';
import { Guests } from './guests.js';
import { HealthyUsers } from './healthy-users.js';
import { ProcessWatch } from './process-watch.js';
import type { Target } from './stage.js';

const PREFIX = 'hostile:';

export interface ArenaSettings {
  readonly redis: RedisClientType;
  readonly redisUrl: string;
  /** What the nodes run. */
  readonly program: string;
  /** Of the nodes, beside what they must have. */
  readonly env?: NodeJS.ProcessEnv;
  /** How long a healthy user waits between two events. */
  readonly everyMs?: number;
}

/** Two nodes that nobody has attacked yet, and their healthy users. */
export class Arena {
  private constructor(
    readonly target: Target,
    readonly watches: readonly ProcessWatch[],
    readonly users: HealthyUsers,
  ) {}

  static async start({
    redis,
    redisUrl,
    program,
    everyMs,
    ...settings
  }: ArenaSettings): Promise<Arena> {
    const env = { REDIS_URL: redisUrl, REDIS_PREFIX: PREFIX, ...settings.env };
    const nodes = await Promise.all(
      ['near', 'far'].map((name) => NodeProcess.start(name, env, { program })),
    );
    const [near, far] = nodes.map((node) => new URL(node.url));
    if (!near || !far) throw new Error('There are two nodes.');
    const guests = new Guests(near);
    await guests.prepare();
    const users = await HealthyUsers.start([near, far], everyMs);
    const target = { near, far, guests, redis, prefix: PREFIX };
    return new Arena(
      target,
      nodes.map((node) => new ProcessWatch(node)),
      users,
    );
  }

  /** Stops all; resolves with what the nodes had to complain of when they were told to end. */
  async stop(): Promise<string[]> {
    await this.users.stop();
    const ends = this.watches.map(async ({ node }) => {
      const code = await node.stop();
      return code === 0 ? [] : [`${node.name} ended with ${String(code)}`];
    });
    return (await Promise.all(ends)).flat();
  }
}
