import { startRedisServer, startRedis } from './redis-under-test.js';
import { TcpProxy } from './tcp-proxy.js';

/** A Redis that goes away and comes back with its data. */
export interface StoppableRedis {
  readonly url: string;
  stop(): Promise<void>;
  start(): Promise<void>;
}

/** A redis-server of the test's own; for other kinds, a proxy that cuts the node off. */
export async function startStoppableRedis(): Promise<StoppableRedis> {
  if (globalThis.REDIS_UNDER_TEST === 'server' && !process.env['REDIS_URL']) {
    return startRedisServer();
  }
  const proxy = await TcpProxy.to(await startRedis());
  return {
    url: proxy.url,
    stop() {
      proxy.cut();
      return Promise.resolve();
    },
    start() {
      proxy.heal();
      return Promise.resolve();
    },
  };
}
