import 'reflect-metadata';
import { Module, type Provider, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import {
  closeRedisClients,
  openRedisClients,
  SessionController,
  SessionIoAdapter,
  SharedSessionModule,
  type SharedSessionModuleOptions,
} from '../../src/shared-session/index.js';
import { stopAfterwards } from './cleanup.js';
import { startRedis } from './redis-under-test.js';
import { TEST_SECRET, type TestNode, uniquePrefix } from './test-node.js';

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
  const redis = await openRedisClients(await startRedis());
  stopAfterwards(() => closeRedisClients(redis));

  @Module({
    imports: [
      SharedSessionModule.forRoot({
        redis,
        secrets: [TEST_SECRET],
        prefix: uniquePrefix(),
        ...options,
      }),
    ],
    controllers: [SessionController, ...controllers],
    providers,
  })
  class HabitsModule {}

  const app = await NestFactory.create<NestExpressApplication>(HabitsModule, { logger: false });
  let stopped: Promise<void> | undefined;
  const stop = () => (stopped ??= app.close());
  stopAfterwards(stop);
  app.useWebSocketAdapter(new SessionIoAdapter(app));
  configure?.(app);
  await app.listen(0, '127.0.0.1');
  return { name: '', url: await app.getUrl(), isPlain: true, app, stop };
}
