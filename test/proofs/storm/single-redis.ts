import {
  type RedisServer,
  type RedisSettings,
  startRedisServer,
} from '../../../src/redis-server/redis-server.js';
import { stopAfterwards } from '../../support/cleanup.js';
import type { Deployment } from './experiment.js';

/** One redis-server. */
export interface SingleRedis extends Deployment {
  readonly server: RedisServer;
}

/** @param isDurable whether every write is on disk before it is answered */
export async function startSingle(
  isDurable = false,
  settings: RedisSettings = {},
): Promise<SingleRedis> {
  const server = await startRedisServer(isDurable, settings);
  stopAfterwards(() => server.destroy());
  return { url: server.url, server };
}
