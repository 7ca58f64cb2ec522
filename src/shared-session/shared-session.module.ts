import {
  type DynamicModule,
  Inject,
  type MiddlewareConsumer,
  Module,
  type NestModule,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import {
  APP_PIPE,
  DiscoveryModule,
  DiscoveryService,
  ExternalContextCreator,
  HttpAdapterHost,
} from '@nestjs/core';
import type { RequestHandler } from 'express';
import { reportFindings } from './access/audit-findings.js';
import { auditControllers, refusePolls } from './access/controller-audit.js';
import { guardsOfRoutes } from './access/global-enhancers.js';
import { PayloadPipe } from './access/payload.pipe.js';
import { loadingUser } from './http/load-user.middleware.js';
import { requireExpress } from './http/require-express.js';
import { SessionPlace } from './http/session-place.js';
import { createSessionMiddleware } from './http/session.middleware.js';
import { ClientNetworks } from './limits/client-networks.js';
import { EventLimits } from './limits/event-limits.js';
import { GuestLimit } from './limits/guest-limit.js';
import { HandshakeLimits } from './limits/handshake-limits.js';
import { LimitHits } from './limits/limit-hits.js';
import { RateLimits } from './limits/rate-limits.service.js';
import { SocketLimits } from './limits/socket-limits.js';
import { SessionActivity } from './links/session-activity.js';
import { SessionLinks } from './links/session-links.js';
import { SessionReader } from './links/session-reader.js';
import { SessionUpkeep } from './links/session-upkeep.js';
import { SocketPresence } from './links/socket-presence.js';
import { Sessions } from './sessions.service.js';
import { SessionsAdmin } from './sessions-admin.service.js';
import {
  ConfigurableModuleClass,
  REDIS_ADAPTER,
  RESOLVED_OPTIONS,
  SESSION_MIDDLEWARE,
  SHARED_SESSION_OPTIONS,
} from './shared-session.module-definition.js';
import {
  checkOptions,
  type ResolvedOptions,
  type SharedSessionModuleOptions,
} from './shared-session.options.js';
import { NodeLife } from './signals/node-life.js';
import { SessionSignals } from './signals/session-signals.js';
import { Shards } from './signals/shards.js';
import { SignalProbe } from './signals/signal-probe.js';
import { Subscriptions } from './signals/subscriptions.js';
import { createRedisAdapter } from './socket/engine/redis-adapter.js';
import { RoomSubscriptions } from './socket/engine/room-subscriptions.js';
import { EventDispatcher } from './socket/event-dispatcher.js';
import { EventWork } from './socket/event-work.js';
import { ClientAddresses } from './access/client-addresses.js';
import { Handshake } from './socket/handshake.js';
import { LinkDiagnostics } from './socket/link-diagnostics.js';
import { SessionGateway } from './socket/session.gateway.js';
import { SocketEmitter } from './socket/socket-emitter.js';
import { LegacyRecords } from './store/legacy-records.js';
import { PubSub } from './redis/pub-sub.js';
import { Durability } from './redis/durability.js';
import { inspectRedis } from './redis/inspect-redis.js';
import { RedisReadiness } from './redis/redis-readiness.js';
import { closeRedisClients } from './redis/close-redis-clients.js';
import { isAddress, openRedisClients } from './redis/open-redis-clients.js';
import { resolveRedisClients } from './redis/redis-clients.js';
import { RedisClock } from './redis/redis-clock.js';
import { ProviderSessions } from './store/provider-sessions.js';
import { SessionKeys } from './store/session-keys.js';
import { SessionStore } from './store/session.store.js';
import { STORE_PROVIDERS } from './store/store.providers.js';
import { StoredSessions } from './store/stored-sessions.js';
import { UsedTokens } from './store/used-tokens.js';
import { SharedSessionWorkerModule } from './worker/worker.module.js';
import type {
  WorkerModuleAsyncOptions,
  WorkerModuleOptions,
} from './worker/worker.module-definition.js';

/** Clients that an application has made itself are limited as those of `openRedisClients()` are. */
async function resolveOptions(options: SharedSessionModuleOptions): Promise<ResolvedOptions> {
  const { redis, ...checked } = checkOptions(options);
  if (!isAddress(redis)) {
    const clients = await resolveRedisClients(redis);
    await inspectRedis(clients.commands);
    return { ...checked, redis: clients };
  }
  const opened = await openRedisClients(redis);
  try {
    await inspectRedis(opened.commands);
  } catch (error) {
    await closeRedisClients(opened);
    throw error;
  }
  return { ...checked, redis: opened };
}

/**
 * Shares the application's express-session between HTTP and Socket.IO. It installs the session
 * middleware for every route, and a global pipe that validates every parameter which declares a schema;
 * `SessionIoAdapter` brings the same session to the gateways.
 *
 * @example
 * SharedSessionModule.forRoot({
 *   redis: 'redis://127.0.0.1:6379',
 *   secrets: [process.env.SESSION_SECRET],
 * })
 */
@Module({
  imports: [DiscoveryModule],
  providers: [
    { provide: RESOLVED_OPTIONS, inject: [SHARED_SESSION_OPTIONS], useFactory: resolveOptions },
    ...STORE_PROVIDERS,
    {
      provide: SessionStore,
      inject: [RESOLVED_OPTIONS, SessionKeys, StoredSessions, RedisClock],
      useFactory: createSessionStore,
    },
    {
      provide: SESSION_MIDDLEWARE,
      inject: [RESOLVED_OPTIONS, SessionStore, RedisClock, SessionLinks],
      useFactory: (
        options: ResolvedOptions,
        store: SessionStore,
        clock: RedisClock,
        links: SessionLinks,
      ) => createSessionMiddleware(options, { store, clock, links }),
    },
    {
      provide: REDIS_ADAPTER,
      inject: [RESOLVED_OPTIONS, SessionKeys, PubSub, RoomSubscriptions, SessionSignals, Shards],
      useFactory: createRedisAdapter,
    },
    {
      provide: SocketEmitter,
      inject: [RESOLVED_OPTIONS, SessionKeys, PubSub],
      useFactory: ({ redis }: ResolvedOptions, keys: SessionKeys, pubSub: PubSub) =>
        new SocketEmitter({ client: redis.publisher, keys, pubSub }),
    },
    { provide: APP_PIPE, useFactory: () => new PayloadPipe() },
    Sessions,
    RedisReadiness,
    Shards,
    { provide: SessionsAdmin, useExisting: Sessions },
    Subscriptions,
    SessionSignals,
    SignalProbe,
    NodeLife,
    SessionLinks,
    SessionReader,
    SessionActivity,
    SessionUpkeep,
    SocketPresence,
    RoomSubscriptions,
    ClientAddresses,
    LinkDiagnostics,
    LimitHits,
    ClientNetworks,
    EventLimits,
    GuestLimit,
    RateLimits,
    HandshakeLimits,
    SocketLimits,
    Handshake,
    EventWork,
    EventDispatcher,
    SessionGateway,
  ],
  exports: [
    Sessions,
    SessionsAdmin,
    ProviderSessions,
    UsedTokens,
    SessionLinks,
    SocketEmitter,
    SessionKeys,
    SignalProbe,
    SocketPresence,
    Durability,
    RedisReadiness,
    RateLimits,
    ClientNetworks,
  ],
})
export class SharedSessionModule
  extends ConfigurableModuleClass
  implements NestModule, OnModuleInit, OnApplicationShutdown
{
  readonly #place: SessionPlace;

  /**
   * For a process that serves no requests and has no sockets, such as the consumer of a queue, also in
   * `NestFactory.createApplicationContext()`. Gives `SessionsAdmin`, which ends, lists and changes sessions, and
   * `SocketEmitter`, which emits to sockets on any node. It installs nothing, needs no secrets, subscribes to nothing,
   * and opens one connection to Redis.
   *
   * @example
   * SharedSessionModule.forWorker({ redis: 'redis://127.0.0.1:6379' })
   *
   * @throws SharedSessionConfigError at the start, naming the first option that cannot work
   */
  static forWorker(options: WorkerModuleOptions): DynamicModule {
    return SharedSessionWorkerModule.forWorker(options);
  }

  /** {@link forWorker} with options that a factory or a class provides, as with `forRootAsync()`. */
  static forWorkerAsync(options: WorkerModuleAsyncOptions): DynamicModule {
    return SharedSessionWorkerModule.forWorkerAsync(options);
  }

  constructor(
    @Inject(SESSION_MIDDLEWARE) middleware: RequestHandler,
    @Inject(SHARED_SESSION_OPTIONS) private readonly given: SharedSessionModuleOptions,
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
    private readonly discovery: DiscoveryService,
    private readonly host: HttpAdapterHost,
    private readonly contexts: ExternalContextCreator,
  ) {
    super();
    this.#place = new SessionPlace(
      host,
      loadingUser(middleware, options.loadUser),
      options.withoutSession,
    );
    if (options.sessionFor === 'everything') this.#place.takeFirst();
  }

  /** @throws SharedSessionConfigError for a `@Poll()` on a route; with `auditRoutes: 'strict'`, for a route that nobody decided about */
  onModuleInit(): void {
    refusePolls(this.discovery);
    const guards = guardsOfRoutes(this.contexts);
    reportFindings(auditControllers(this.discovery, guards), this.options.auditRoutes);
  }

  /** Runs after Nest has closed the Socket.IO server, whose adapter still needs the clients. */
  async onApplicationShutdown(): Promise<void> {
    if (isAddress(this.given.redis)) await closeRedisClients(this.options.redis);
  }

  /** @throws SharedSessionConfigError on another platform than Express, or where the session cannot be first */
  configure(consumer: MiddlewareConsumer): void {
    requireExpress(this.host.httpAdapter);
    if (this.options.sessionFor === 'everything') this.#place.keepFirst(consumer);
    else this.#place.takeBeforeRoutes(consumer);
  }
}

function createSessionStore(
  { redis, user, legacyPrefix }: ResolvedOptions,
  keys: SessionKeys,
  sessions: StoredSessions,
  clock: RedisClock,
): SessionStore {
  const { commands } = redis;
  const legacy = legacyPrefix === null ? undefined : new LegacyRecords(commands, legacyPrefix);
  return new SessionStore({ commands, keys, sessions, clock, readUser: user, legacy });
}
