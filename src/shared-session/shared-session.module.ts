import {
  Inject,
  type MiddlewareConsumer,
  Module,
  type NestModule,
  type OnModuleInit,
  RequestMethod,
} from '@nestjs/common';
import { APP_PIPE, DiscoveryModule, DiscoveryService } from '@nestjs/core';
import type { RequestHandler } from 'express';
import { auditControllers, refusePolls } from './access/controller-audit.js';
import { createPayloadPipe } from './access/payload.pipe.js';
import { createSessionMiddleware } from './http/session.middleware.js';
import { SessionActivity } from './links/session-activity.js';
import { SessionLinks } from './links/session-links.js';
import { SessionUpkeep } from './links/session-upkeep.js';
import { SocketPresence } from './links/socket-presence.js';
import { Sessions } from './sessions.service.js';
import {
  ConfigurableModuleClass,
  REDIS_ADAPTER,
  RESOLVED_OPTIONS,
  SESSION_MIDDLEWARE,
  SHARED_SESSION_OPTIONS,
} from './shared-session.module-definition.js';
import {
  type ResolvedOptions,
  resolveOptions,
  type SharedSessionModuleOptions,
} from './shared-session.options.js';
import { SessionSignals } from './signals/session-signals.js';
import { SignalProbe } from './signals/signal-probe.js';
import { Subscriptions } from './signals/subscriptions.js';
import { createRedisAdapter } from './socket/engine/redis-adapter.js';
import { RoomSubscriptions } from './socket/engine/room-subscriptions.js';
import { EventDispatcher } from './socket/event-dispatcher.js';
import { Handshake } from './socket/handshake.js';
import { SessionGateway } from './socket/session.gateway.js';
import { LegacyRecords } from './store/legacy-records.js';
import { PubSub } from './store/pub-sub.js';
import { limitClients } from './store/redis-clients.js';
import { RedisClock } from './store/redis-clock.js';
import { SessionKeys } from './store/session-keys.js';
import { SessionStore } from './store/session.store.js';
import { StoredSessions } from './store/stored-sessions.js';

/** An application may have made the clients itself: they are limited as those of `openRedisClients()` are. */
function prepare(options: SharedSessionModuleOptions): ResolvedOptions {
  const resolved = resolveOptions(options);
  limitClients(resolved.redis);
  return resolved;
}

/**
 * Shares the application's express-session between HTTP and Socket.IO. It installs the session
 * middleware for every route, and a global pipe that validates every parameter which has a schema;
 * `SessionIoAdapter` brings the same session to the gateways.
 *
 * @example
 * SharedSessionModule.forRoot({
 *   redis: await openRedisClients(process.env.REDIS_URL),
 *   secrets: [process.env.SESSION_SECRET],
 * })
 */
@Module({
  imports: [DiscoveryModule],
  providers: [
    { provide: RESOLVED_OPTIONS, inject: [SHARED_SESSION_OPTIONS], useFactory: prepare },
    {
      provide: SessionKeys,
      inject: [RESOLVED_OPTIONS],
      useFactory: ({ prefix }: ResolvedOptions) => new SessionKeys(prefix),
    },
    {
      provide: PubSub,
      inject: [RESOLVED_OPTIONS],
      useFactory: ({ redis }: ResolvedOptions) => PubSub.of(redis.commands),
    },
    RedisClock,
    {
      provide: StoredSessions,
      inject: [RESOLVED_OPTIONS, SessionKeys, PubSub, RedisClock],
      useFactory: createStoredSessions,
    },
    {
      provide: SessionStore,
      inject: [RESOLVED_OPTIONS, SessionKeys, StoredSessions, RedisClock],
      useFactory: createSessionStore,
    },
    {
      provide: SESSION_MIDDLEWARE,
      inject: [RESOLVED_OPTIONS, SessionStore, RedisClock],
      useFactory: createSessionMiddleware,
    },
    {
      provide: REDIS_ADAPTER,
      inject: [RESOLVED_OPTIONS, SessionKeys, PubSub, RoomSubscriptions, SignalProbe],
      useFactory: createRedisAdapter,
    },
    { provide: APP_PIPE, useFactory: createPayloadPipe },
    Sessions,
    Subscriptions,
    SessionSignals,
    SignalProbe,
    SessionLinks,
    SessionActivity,
    SessionUpkeep,
    SocketPresence,
    RoomSubscriptions,
    Handshake,
    EventDispatcher,
    SessionGateway,
  ],
  exports: [Sessions, SessionKeys, SignalProbe, SocketPresence],
})
export class SharedSessionModule
  extends ConfigurableModuleClass
  implements NestModule, OnModuleInit
{
  constructor(
    @Inject(SESSION_MIDDLEWARE) private readonly middleware: RequestHandler,
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
    private readonly discovery: DiscoveryService,
  ) {
    super();
  }

  /** @throws SharedSessionConfigError for a `@Poll()` on a route; with `auditRoutes`, for a route that nobody decided about */
  onModuleInit(): void {
    refusePolls(this.discovery);
    if (this.options.auditRoutes) auditControllers(this.discovery);
  }

  configure(consumer: MiddlewareConsumer): void {
    consumer
      .apply(this.middleware)
      .exclude(...this.options.withoutSession)
      .forRoutes({ path: '{*path}', method: RequestMethod.ALL });
  }
}

function createStoredSessions(
  { redis, limits, user, principalKeys }: ResolvedOptions,
  keys: SessionKeys,
  pubSub: PubSub,
  clock: RedisClock,
): StoredSessions {
  const { commands } = redis;
  return new StoredSessions({
    commands,
    keys,
    pubSub,
    clock,
    limits,
    readUser: user,
    keysOf: principalKeys,
  });
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
