import { type DynamicModule, Global, Module } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import {
  type RedisClients,
  SessionController,
  SharedSessionModule,
  type SharedSessionModuleOptions,
} from '../shared-session/index.js';
import { AccountsModule } from './accounts/accounts.module.js';
import { APP_PREFIX, NODE_NAME } from './app.tokens.js';
import { AuditModule } from './audit/audit.module.js';
import { AuditingErrorFilter } from './audit/auditing-error.filter.js';
import { CartKeys } from './cart/cart-keys.js';
import { CartModule } from './cart/cart.module.js';
import { CatalogModule } from './catalog/catalog.module.js';
import type { Environment } from './config/environment.js';
import { ContractModule } from './contract/contract.module.js';
import { DevicesModule } from './devices/devices.module.js';
import { HealthModule } from './health/health.module.js';
import { MetricsModule } from './metrics/metrics.module.js';
import { OperatorsModule } from './operators/operators.module.js';
import { REDIS_CLIENTS, RedisModule } from './redis/redis.module.js';
import { SessionFeedModule } from './session-feed/session-feed.module.js';

/** The reference server: which parts there are, and which settings each gets. */
@Global()
@Module({})
export class AppModule {
  static forRoot(environment: Environment): DynamicModule {
    const accounts = AccountsModule.forRoot({
      demoAccounts: environment.demoAccounts,
      provider: environment.provider,
      secrets: environment.sessionSecrets,
      isSecure: environment.production,
    });
    return {
      module: AppModule,
      imports: [
        RedisModule.forRoot({ url: environment.redisUrl }),
        SharedSessionModule.forRootAsync({
          inject: [REDIS_CLIENTS],
          useFactory: (redis: RedisClients) => sessionOptions(environment, redis),
        }),
        AuditModule,
        accounts,
        CatalogModule,
        CartModule,
        DevicesModule,
        SessionFeedModule,
        HealthModule,
        MetricsModule.forRoot(metricsOf(environment)),
        OperatorsModule.forRoot(accounts),
        ContractModule.forRoot({ hasProvider: environment.provider !== undefined }),
      ],
      controllers: [SessionController],
      providers: [
        { provide: APP_FILTER, useClass: AuditingErrorFilter },
        { provide: APP_PREFIX, useValue: environment.redisPrefix },
        { provide: NODE_NAME, useValue: environment.nodeName },
      ],
      exports: [APP_PREFIX, NODE_NAME],
    };
  }
}

function sessionOptions(environment: Environment, redis: RedisClients): SharedSessionModuleOptions {
  const cartKeys = new CartKeys(environment.redisPrefix);
  return {
    redis,
    durability: environment.redisDurability,
    secrets: environment.sessionSecrets,
    idleSeconds: environment.sessionIdleSeconds,
    absoluteSeconds: environment.sessionAbsoluteSeconds,
    cookie: environment.production ? { name: '__Host-sid', secure: true } : { name: 'sid' },
    allowedOrigins: environment.allowedOrigins,
    prefix: environment.redisPrefix,
    nodeName: environment.nodeName,
    limits: environment.rateLimits,
    auditRoutes: 'strict',
    // Security headers, the check against CSRF by origin, and the page's files need none.
    sessionFor: 'routes',
    // Or a Redis that hangs would get every node restarted.
    withoutSession: ['/health/live'],
    principalKeys: (principal) => cartKeys.keptWithSessions(principal),
  };
}

function metricsOf({ metricsPort: port, host, nodeName: node }: Environment) {
  return { port, host, node };
}
