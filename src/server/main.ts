import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { SharedSessionConfigError } from '../shared-session/index.js';
import { AppModule } from './app.module.js';
import { EnvironmentError, readEnvironment } from './config/environment.js';
import { configureApp } from './configure-app.js';
import { drainOnUncaughtError } from './last-resort.js';
import { ServerLogger } from './server-logger.js';

try {
  const environment = readEnvironment(process.env);
  const logger = new ServerLogger(environment.logLevel);
  const app = await NestFactory.create<NestExpressApplication>(AppModule.forRoot(environment), {
    logger,
    abortOnError: false,
  });
  configureApp(app, environment);
  drainOnUncaughtError(app, logger);
  await app.listen(environment.port, environment.host);
  const url = (await app.getUrl()).replace('127.0.0.1', 'localhost');
  logger.log(`${environment.nodeName} serves ${url}`, 'Server');
} catch (error) {
  const isPlain = error instanceof EnvironmentError || error instanceof SharedSessionConfigError;
  console.error(isPlain ? error.message : error);
  process.exit(1);
}
