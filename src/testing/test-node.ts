import type { DynamicModule, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { closeRedisClients, SessionIoAdapter } from '../shared-session/index.js';
import type { Cleanup } from './cleanup.js';
import { partsOf } from './node-parts.js';
import type { RedisLink } from './redis-link.js';

/** An application that runs in this process. */
export interface RunningApp {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  readonly app: NestExpressApplication;
  /** Closes the application. Closing it again is no error. */
  readonly stop: () => Promise<void>;
}

/** One of an application's nodes. */
export interface TestNode extends RunningApp {
  /** This node's own way to Redis. */
  readonly redis: RedisLink;
}

/** What an application does between its creation and its start. */
export type Configure = (app: NestExpressApplication) => unknown;

/**
 * Starts an application on a free loopback port, with {@link SessionIoAdapter} and without a log.
 *
 * @param cleanup stops it at the latest, and closes its Redis clients then
 * @param configure runs before the application listens, and may set another adapter
 * @throws SharedSessionConfigError when `SharedSessionModule` is not among its modules
 */
export async function startApp(
  module: Type | DynamicModule,
  cleanup: Cleanup,
  configure: Configure = () => undefined,
): Promise<RunningApp> {
  const app = await NestFactory.create<NestExpressApplication>(module, {
    logger: false,
    abortOnError: false,
  });
  let stopped: Promise<void> | undefined;
  const stop = () => (stopped ??= app.close());
  cleanup.add(stop);
  const { options } = partsOf(app);
  cleanup.add(async () => {
    await stop();
    // Many applications never close them.
    await closeRedisClients(options.redis);
  });
  app.useWebSocketAdapter(new SessionIoAdapter(app));
  await configure(app);
  await app.listen(0, '127.0.0.1');
  return { url: await app.getUrl(), app, stop };
}
