import 'reflect-metadata';
import { ConsoleLogger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AppModule } from './app.module.js';
import { EnvironmentError, readEnvironment } from './config/environment.js';
import { configureApp } from './configure-app.js';
import { SharedSessionConfigError } from './shared-session/index.js';

try {
  const environment = readEnvironment(process.env);
  const logger = new ConsoleLogger({ json: true, logLevels: levelsFrom(environment.logLevel) });
  const app = await NestFactory.create<NestExpressApplication>(AppModule.forRoot(environment), {
    logger,
    abortOnError: false,
  });
  configureApp(app, environment);
  await app.listen(environment.port, environment.host);
  const url = (await app.getUrl()).replace('127.0.0.1', 'localhost');
  logger.log(`${environment.nodeName} serves ${url}`, 'Server');
} catch (error) {
  const isPlain = error instanceof EnvironmentError || error instanceof SharedSessionConfigError;
  console.error(isPlain ? error.message : error);
  process.exit(1);
}

function levelsFrom(least: ReturnType<typeof readEnvironment>['logLevel']) {
  const levels = ['fatal', 'error', 'warn', 'info', 'debug'] as const;
  const chosen = levels.slice(0, levels.indexOf(least) + 1);
  return chosen.map((level) => (level === 'info' ? 'log' : level));
}
