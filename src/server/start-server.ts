import type { DynamicModule, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Environment } from './config/environment.js';
import { configureApp } from './configure-app.js';
import { drainOnUncaughtError } from './last-resort.js';
import { ServerLogger } from './server-logger.js';

/** Starts a server with this module, and says when it listens and where. */
export async function startServer(
  module: DynamicModule | Type,
  environment: Environment,
): Promise<NestExpressApplication> {
  const logger = new ServerLogger({ level: environment.logLevel, nodeName: environment.nodeName });
  const app = await NestFactory.create<NestExpressApplication>(module, {
    logger,
    abortOnError: false,
  });
  configureApp(app, environment);
  drainOnUncaughtError(app, logger);
  if (environment.production && environment.allowedHosts.length === 0) {
    logger.warn('ALLOWED_HOSTS is not set: requests by any Host are answered', 'Server');
  }
  await app.listen(environment.port, environment.host);
  if (!environment.rateLimits)
    logger.warn('RATE_LIMITS is off: clients may do all as often as they like', 'Server');
  const url = (await app.getUrl()).replace('127.0.0.1', 'localhost');
  logger.log(`${environment.nodeName} serves ${url}`, 'Server');
  return app;
}
