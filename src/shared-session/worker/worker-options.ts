import {
  checkAddress,
  checkChoice,
  checkPrefix,
  connectionOptions,
  DURABILITIES,
} from '../option-checks.js';
import { SharedSessionConfigError } from '../shared-session.errors.js';
import {
  DEFAULTS,
  given,
  checkedLimits,
  type ResolvedOptions,
  type SharedSessionModuleOptions,
} from '../shared-session.options.js';
import { isAddress, type RedisAddress } from '../redis/open-redis-clients.js';
import type { OwnRedisClients, RedisClients } from '../redis/redis-clients.js';

/** Of a node's options, those that have a meaning without a request: each the same as at the nodes. */
type Shared = Pick<
  SharedSessionModuleOptions,
  'idleSeconds' | 'absoluteSeconds' | 'prefix' | 'user' | 'durability'
>;

/**
 * Options of `SharedSessionModule.forWorker()`, validated at boot. All but `redis` must be what the nodes have, or the
 * worker finds other sessions than theirs.
 */
export interface SharedSessionWorkerOptions extends Shared {
  /**
   * Where Redis is, as at the nodes: the module opens the one connection that it needs (to each server of a Cluster), and closes it
   * with the application. Or a connected client of node-redis, created with `disableOfflineQueue: true`, in the place
   * that it has among the clients of a node: whoever opened it closes it after Nest has shut down.
   */
  readonly redis: RedisAddress | Pick<OwnRedisClients, 'commands'>;
}

/** The options with every default filled in, before a connection is opened. */
export type CheckedWorkerOptions = Pick<
  ResolvedOptions,
  'limits' | 'prefix' | 'user' | 'principalKeys' | 'durability'
> &
  Pick<SharedSessionWorkerOptions, 'redis'>;

/** The options with every default filled in, and a connection to Redis. */
export type ResolvedWorkerOptions = Omit<CheckedWorkerOptions, 'redis'> & {
  readonly redis: Pick<RedisClients, 'commands'>;
};

/**
 * Fills in the defaults and checks every option.
 *
 * @throws SharedSessionConfigError naming the first option that cannot work, and what would
 */
export function checkWorkerOptions(options: SharedSessionWorkerOptions): CheckedWorkerOptions {
  const all = { ...DEFAULTS, ...given(options) };
  const { idleSeconds, absoluteSeconds, prefix, user, redis, durability } = all;
  const limits = checkedLimits(idleSeconds, absoluteSeconds);
  checkPrefix(prefix);
  checkChoice('durability', durability, DURABILITIES);
  if (isAddress(redis)) checkAddress(redis);
  else checkCommands(redis);
  // Nothing here is a sign of activity, which is all that prolongs an application's keys.
  return { limits, prefix, user, redis, durability, principalKeys: DEFAULTS.principalKeys };
}

function checkCommands({ commands }: Pick<OwnRedisClients, 'commands'>): void {
  const options = connectionOptions(commands);
  if (!options || options.disableOfflineQueue) return;
  throw new SharedSessionConfigError(
    '`redis.commands` would keep what a worker emits back while Redis is away, and send it late.',
    ['Create it with `disableOfflineQueue: true`.'],
  );
}
