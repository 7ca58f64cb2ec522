import type { Provider } from '@nestjs/common';
import { RESOLVED_OPTIONS } from '../shared-session.module-definition.js';
import type { ResolvedOptions } from '../shared-session.options.js';
import { Announcer } from '../diagnostics/announcer.js';
import { Durability } from '../redis/durability.js';
import { PubSub } from '../redis/pub-sub.js';
import type { RedisClients } from '../redis/redis-clients.js';
import { RedisClock } from '../redis/redis-clock.js';
import { ProviderIndex } from './provider-index.js';
import { ProviderSessions } from './provider-sessions.js';
import { SessionKeys } from './session-keys.js';
import { StoredSessions } from './stored-sessions.js';
import { UsedTokens } from './used-tokens.js';

/** Of the options, those that sessions in Redis need: of a node or of a worker. */
type StoreOptions = Pick<
  ResolvedOptions,
  'limits' | 'prefix' | 'user' | 'principalKeys' | 'durability'
> &
  Partial<Pick<ResolvedOptions, 'nodeName'>> & {
    readonly redis: Pick<RedisClients, 'commands'>;
  };

/** All sessions, and what they stand on: the same in a node and in a worker. */
export const STORE_PROVIDERS: Provider[] = [
  {
    provide: SessionKeys,
    inject: [RESOLVED_OPTIONS],
    useFactory: ({ prefix }: StoreOptions) => new SessionKeys(prefix),
  },
  {
    provide: PubSub,
    inject: [RESOLVED_OPTIONS],
    useFactory: ({ redis }: StoreOptions) => PubSub.of(redis.commands),
  },
  RedisClock,
  {
    provide: Announcer,
    inject: [RESOLVED_OPTIONS, RedisClock],
    useFactory: ({ nodeName }: StoreOptions, clock: RedisClock) =>
      new Announcer(nodeName ?? null, clock),
  },
  {
    provide: Durability,
    inject: [RESOLVED_OPTIONS, SessionKeys],
    useFactory: ({ redis, durability }: StoreOptions, keys: SessionKeys) =>
      new Durability(redis.commands, durability === 'replica', (key) => keys.fence(key)),
  },
  {
    provide: StoredSessions,
    inject: [RESOLVED_OPTIONS, SessionKeys, PubSub, RedisClock, Durability, Announcer],
    useFactory: createStoredSessions,
  },
  {
    provide: ProviderSessions,
    inject: [RESOLVED_OPTIONS, SessionKeys, Durability, StoredSessions, RedisClock],
    useFactory: createProviderSessions,
  },
  {
    provide: UsedTokens,
    inject: [RESOLVED_OPTIONS, SessionKeys],
    useFactory: ({ redis }: StoreOptions, keys: SessionKeys) =>
      new UsedTokens(redis.commands, keys),
  },
];

function createStoredSessions(
  { redis, limits, user, principalKeys }: StoreOptions,
  keys: SessionKeys,
  pubSub: PubSub,
  clock: RedisClock,
  durability: Durability,
  announcer: Announcer,
): StoredSessions {
  const { commands } = redis;
  return new StoredSessions({
    commands,
    keys,
    pubSub,
    clock,
    durability,
    announcer,
    limits,
    readUser: user,
    keysOf: principalKeys,
  });
}

function createProviderSessions(
  { redis }: StoreOptions,
  keys: SessionKeys,
  durability: Durability,
  stored: StoredSessions,
  clock: RedisClock,
): ProviderSessions {
  const index = new ProviderIndex({ client: redis.commands, keys, durability });
  return new ProviderSessions(index, stored, clock);
}
