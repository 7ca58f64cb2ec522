import 'reflect-metadata';
import { Module, type Provider, type Type } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import {
  SessionController,
  type SharedSessionModuleOptions,
} from '../../src/shared-session/index.js';
import { startApp } from '../../src/testing/test-node.js';
import { cleanup } from './cleanup.js';
import { startRedis } from './redis-under-test.js';
import type { TestNode } from './test-node.js';
import { sharedSession } from './shared-session.js';

interface Habits {
  /** Gateways, and what else the application provides. */
  readonly providers: Provider[];
  readonly controllers?: Type[];
  readonly options?: Partial<SharedSessionModuleOptions>;
  /** What the application installs globally, after the adapter. */
  readonly configure?: (app: NestExpressApplication) => void;
}

/** Starts an application as Nest's documentation writes it. Rejects with what stops its start. */
export async function startHabitsApp(habits: Habits): Promise<TestNode> {
  const { providers, controllers = [], options, configure } = habits;
  const redis = await startRedis();

  @Module({
    imports: [sharedSession(redis, options)],
    controllers: [SessionController, ...controllers],
    providers,
  })
  class HabitsModule {}

  const running = await startApp(HabitsModule, cleanup, configure);
  return { ...running, name: '', isPlain: true };
}
