import { ConfigurableModuleBuilder } from '@nestjs/common';
import type { SharedSessionModuleOptions } from './shared-session.options.js';

export const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN: SHARED_SESSION_OPTIONS } =
  new ConfigurableModuleBuilder<SharedSessionModuleOptions>({ moduleName: 'SharedSession' })
    .setClassMethodName('forRoot')
    .setExtras({ isGlobal: true }, (definition, { isGlobal }) => ({
      ...definition,
      global: isGlobal,
    }))
    .build();

/** Injects the options with every default filled in, and connections to Redis. */
export const RESOLVED_OPTIONS = Symbol('resolved shared-session options');
/** Injects the one express-session middleware. */
export const SESSION_MIDDLEWARE = Symbol('session middleware');
/** Injects the factory of the Socket.IO adapter on Redis. */
export const REDIS_ADAPTER = Symbol('Socket.IO Redis adapter');
