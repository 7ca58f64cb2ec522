import type { RedisClientType } from 'redis';
import { asCluster } from '../../src/shared-session/redis/client-kind.js';
import { type Principal, principalName } from '../../src/shared-session/index.js';
import type { CartPlace } from './cart-session.js';

/** How the operations of a cart are kept: one after another, or as before that, by the version that each made. */
export type Kept = 'in order' | 'by version';

const STEP = 10_000;

/** Fields and values in Lua: of an operation, beside its id, and of all. */
const FIELDS: Readonly<Record<Kept, { each: string; all: string }>> = {
  'in order': {
    each: "'#' .. number, ARGV[1] .. '|' .. id",
    all: "'kept', '1|' .. ARGV[3] .. '|' .. ARGV[1]",
  },
  'by version': { each: 'number, id', all: "'oldest', ARGV[1] .. '|1'" },
};

/** Keys: operations. Arguments: time, number of the first and of the last. */
const fill = (kept: Kept) => `
  for n = ARGV[2], ARGV[3] do
    local number = string.format('%.0f', n)
    local id = 'operation-' .. number
    local operation = ARGV[1] .. '|add scale 1|1|new|old|session|3990|scale:1:3990'
    redis.call('HSET', KEYS[1], id, operation, ${FIELDS[kept].each})
  end
  redis.call('HSET', KEYS[1], ${FIELDS[kept].all})
`;

/** Makes a cart remember operations of the same age, as if they had come one by one; they are `add scale 1`. */
export async function rememberOperations(
  { redis, redisPrefix }: CartPlace,
  principal: Principal,
  { count, kept, hoursAgo }: { count: number; kept: Kept; hoursAgo: number },
): Promise<void> {
  const keys = [`${redisPrefix}cart-operations:{${principalName(principal)}}`];
  const time = String(Date.now() - hoursAgo * 3_600_000);
  for (let first = 1; first <= count; first += STEP) {
    const last = Math.min(count, first + STEP - 1);
    await redis.eval(fill(kept), { keys, arguments: [time, String(first), String(last)] });
  }
  // The version that they made.
  await redis.hSet(`${redisPrefix}cart:{${principalName(principal)}}`, 'version', count);
}

/** What Redis did while something happened, by its own statistics. */
export interface RedisWork {
  /** How often each command ran, also from scripts. */
  readonly calls: Readonly<Record<string, number>>;
  /** The time of the scripts. */
  readonly scriptMs: number;
}

export async function workOf(
  redis: RedisClientType,
  work: () => Promise<unknown>,
): Promise<RedisWork> {
  const servers = asCluster(redis)?.masters.flatMap(({ client }) => client ?? []) ?? [redis];
  await Promise.all(servers.map((server) => server.configResetStat()));
  await work();
  const stats = await Promise.all(servers.map((server) => server.info('commandstats')));
  const rows = [...stats.join('\n').matchAll(/^cmdstat_(\w+):calls=(\d+),usec=(\d+)/gm)]
    .map(([, name = '', calls, usec]) => ({ name, calls: Number(calls), usec: Number(usec) }))
    // Each server counts what resets and reads its statistics.
    .filter(({ name }) => !name.startsWith('config') && name !== 'info');
  const scripts = rows.filter(({ name }) => name.startsWith('eval'));
  return {
    calls: Object.fromEntries(rows.map(({ name, calls }) => [name, calls])),
    scriptMs: scripts.reduce((sum, { usec }) => sum + usec, 0) / 1000,
  };
}
