import { createClient, type RedisClientType } from 'redis';
import {
  type RedisServer,
  startRedisServer as startServer,
} from '../../src/redis-server/redis-server.js';
import { startTestRedis, startTestValkey } from '../../src/testing/test-redis.js';
import { stopAfterwards } from './cleanup.js';

/** What the tests' own clients are duplicates of: createClient() takes 50 ms of CPU each time. */
const pattern: RedisClientType = createClient();

declare global {
  /** Set by jest.config.mjs: which Redis the file runs against. */
  var REDIS_UNDER_TEST: 'embedded' | 'server';
}

/** The address of this file's own Redis: embedded Valkey, a redis-server, or the one at REDIS_URL. */
export function startRedis(): Promise<string> {
  return start(process.env['REDIS_URL']);
}

/** The address of a Redis that nobody else asks anything, whose statistics can be read: also where REDIS_URL is set. */
export function startRedisOfOwn(): Promise<string> {
  return start(undefined);
}

async function start(url: string | undefined): Promise<string> {
  const isServer = globalThis.REDIS_UNDER_TEST === 'server';
  const redis = await (isServer ? startTestRedis(url) : startTestValkey());
  stopAfterwards(() => redis.stop());
  return redis.url;
}

/** A redis-server of the caller's own. */
export async function startRedisServer({ isDurable = true } = {}): Promise<RedisServer> {
  const server = await startServer(isDurable);
  stopAfterwards(() => server.destroy());
  return server;
}

/** A client of the test's own, to look at Redis from outside. */
export async function openRedis(url: string): Promise<RedisClientType> {
  const client = pattern.duplicate({ url });
  client.on('error', () => undefined);
  await client.connect();
  stopAfterwards(() => {
    client.destroy();
  });
  return client;
}
