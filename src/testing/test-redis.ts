import { createClient } from 'redis';
import { startEmbeddedValkey } from '../redis-server/embedded-valkey.js';
import { hasRedisServer, startRedisServer } from '../redis-server/redis-server.js';

/** A Redis for tests. */
export interface TestRedis {
  readonly url: string;
  /** Ends it, if it was started here. */
  stop(): Promise<void>;
}

/**
 * The Redis at `url`, if one is given; else a `redis-server` of the caller's own, if this machine has one; else embedded Valkey.
 *
 * @throws SharedSessionConfigError when there is none of them
 */
export async function startTestRedis(url?: string): Promise<TestRedis> {
  if (url) return { url, stop: () => Promise.resolve() };
  if (!hasRedisServer()) return startTestValkey();
  const server = await startRedisServer(false);
  return untilItAnswers({ url: server.url, stop: () => server.destroy() });
}

/** Embedded Valkey, whatever else there is. */
export async function startTestValkey(): Promise<TestRedis> {
  return untilItAnswers(await startEmbeddedValkey());
}

/** On a busy machine a Redis that listens may answer late, and a node waits only 10 s for its clients. */
async function untilItAnswers(redis: TestRedis): Promise<TestRedis> {
  const client = createClient({ url: redis.url });
  client.on('error', () => undefined);
  await client.connect();
  await client.ping();
  client.destroy();
  return redis;
}
