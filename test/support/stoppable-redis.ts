import { startRedisServer, startRedis } from './redis-under-test.js';
import type { RedisAddress } from '../../src/shared-session/index.js';
import { RedisProxy } from './redis-proxy.js';

/** A Redis that goes away and comes back with its data. */
export interface StoppableRedis {
  readonly url: RedisAddress;
  stop(): Promise<void>;
  start(): Promise<void>;
}

/** A redis-server of the test's own; for other kinds, a proxy that cuts the node off. */
export async function startStoppableRedis(): Promise<StoppableRedis> {
  if (globalThis.REDIS_UNDER_TEST === 'server' && !process.env['REDIS_URL']) {
    return startRedisServer();
  }
  const proxy = await RedisProxy.to(await startRedis());
  return {
    url: proxy.address,
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
