import { Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { SessionsAdmin } from '../sessions-admin.service.js';
import { RESOLVED_OPTIONS } from '../shared-session.module-definition.js';
import { SocketEmitter } from '../socket/socket-emitter.js';
import { PubSub } from '../redis/pub-sub.js';
import { Durability } from '../redis/durability.js';
import { inspectRedis } from '../redis/inspect-redis.js';
import { closeClient } from '../redis/close-redis-clients.js';
import { isAddress, openCommands } from '../redis/open-redis-clients.js';
import { resolveRedisClient } from '../redis/redis-clients.js';
import { RedisClock } from '../redis/redis-clock.js';
import { ProviderSessions } from '../store/provider-sessions.js';
import { SessionKeys } from '../store/session-keys.js';
import { STORE_PROVIDERS } from '../store/store.providers.js';
import { StoredSessions } from '../store/stored-sessions.js';
import { DueEnds } from './due-ends.js';
import { warningOfNobody } from './nobody-warning.js';
import { ConfigurableModuleClass, WORKER_OPTIONS } from './worker.module-definition.js';
import {
  checkWorkerOptions,
  type ResolvedWorkerOptions,
  type SharedSessionWorkerOptions,
} from './worker-options.js';

async function resolveOptions(options: SharedSessionWorkerOptions): Promise<ResolvedWorkerOptions> {
  const { redis, ...checked } = checkWorkerOptions(options);
  const commands = isAddress(redis)
    ? await openCommands(redis)
    : await resolveRedisClient(redis.commands);
  await inspectRedis(commands);
  return { ...checked, user: warningOfNobody(checked.user), redis: { commands } };
}

/** Sessions for a process that serves nobody: one connection to Redis, no subscription, no port. */
@Module({
  providers: [
    { provide: RESOLVED_OPTIONS, inject: [WORKER_OPTIONS], useFactory: resolveOptions },
    ...STORE_PROVIDERS,
    {
      provide: SessionsAdmin,
      inject: [StoredSessions, RedisClock, RESOLVED_OPTIONS],
      useFactory: (stored: StoredSessions, clock: RedisClock, options: ResolvedWorkerOptions) =>
        new SessionsAdmin(stored, clock, options),
    },
    DueEnds,
    {
      provide: SocketEmitter,
      inject: [RESOLVED_OPTIONS, SessionKeys, PubSub],
      useFactory: ({ redis }: ResolvedWorkerOptions, keys: SessionKeys, pubSub: PubSub) =>
        new SocketEmitter({ client: redis.commands, keys, pubSub }),
    },
  ],
  exports: [SessionsAdmin, ProviderSessions, SocketEmitter, SessionKeys, Durability],
})
export class SharedSessionWorkerModule
  extends ConfigurableModuleClass
  implements OnApplicationShutdown
{
  constructor(
    @Inject(WORKER_OPTIONS) private readonly given: SharedSessionWorkerOptions,
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedWorkerOptions,
  ) {
    super();
  }

  async onApplicationShutdown(): Promise<void> {
    if (isAddress(this.given.redis)) await closeClient(this.options.redis.commands);
  }
}
