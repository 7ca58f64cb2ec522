import { randomBytes } from 'node:crypto';
import { AppModule } from '../../src/server/app.module.js';
import { type Environment, readEnvironment } from '../../src/server/config/environment.js';
import { configureApp } from '../../src/server/configure-app.js';
import { type RunningApp, startApp } from '../../src/testing/test-node.js';
import { CanaryLogger, keepSecret } from './canaries.js';
import { cleanup } from './cleanup.js';

export interface TestNode extends RunningApp {
  readonly name: string;
  /** Not the reference server: its routes and events are not in the contract. */
  readonly isPlain?: true;
}

/** A prefix that no other test run uses: Pub/Sub ignores database numbers. */
export function uniquePrefix(): string {
  return `test-${randomBytes(4).toString('hex')}:`;
}

const SECRETS = ['a secret that only tests know'];
export const TEST_SECRET = SECRETS[0] ?? '';
keepSecret(TEST_SECRET);

/** One node in this process, on a free port. Nodes of one prefix share their sessions. */
export async function startTestNode(
  settings: Pick<Environment, 'redisUrl' | 'redisPrefix'> & Partial<Environment>,
): Promise<TestNode> {
  const environment: Environment = {
    ...readEnvironment({}),
    sessionSecrets: SECRETS,
    demoAccounts: false,
    // All clients of a test have one address, and are in a hurry.
    rateLimits: false,
    ...settings,
  };
  const running = await startApp(AppModule.forRoot(environment), cleanup, (app) => {
    app.useLogger(new CanaryLogger());
    configureApp(app, environment);
  });
  return { ...running, name: environment.nodeName };
}
