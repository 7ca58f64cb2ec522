import { randomBytes } from 'node:crypto';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AppModule } from '../../src/server/app.module.js';
import { type Environment, readEnvironment } from '../../src/server/config/environment.js';
import { configureApp } from '../../src/server/configure-app.js';
import { stopAfterwards } from './cleanup.js';

export interface TestNode {
  readonly name: string;
  readonly url: string;
  readonly app: NestExpressApplication;
  /** Not the reference server: its routes and events are not in the contract. */
  readonly isPlain?: true;
  /** Stops the node before the file ends. */
  stop(): Promise<void>;
}

/** A prefix that no other test run uses: Pub/Sub ignores database numbers. */
export function uniquePrefix(): string {
  return `test-${randomBytes(4).toString('hex')}:`;
}

const SECRETS = ['a secret that only tests know'];
export const TEST_SECRET = SECRETS[0] ?? '';

/** One node in this process, on a free port. Nodes of one prefix share their sessions. */
export async function startTestNode(
  settings: Pick<Environment, 'redisUrl' | 'redisPrefix'> & Partial<Environment>,
): Promise<TestNode> {
  const environment: Environment = {
    ...readEnvironment({}),
    sessionSecrets: SECRETS,
    demoAccounts: false,
    ...settings,
  };
  const app = await NestFactory.create<NestExpressApplication>(AppModule.forRoot(environment), {
    logger: false,
    abortOnError: false,
  });
  configureApp(app, environment);
  await app.listen(0, '127.0.0.1');
  let stopped: Promise<void> | undefined;
  const stop = () => (stopped ??= app.close());
  stopAfterwards(stop);
  return { name: environment.nodeName, url: await app.getUrl(), app, stop };
}
