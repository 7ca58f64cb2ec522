import { expect, it } from '@jest/globals';
import { converge } from './convergence/converge.js';
import { openRedis, startRedis } from './support/redis-under-test.js';
import { startTestNode, uniquePrefix } from './support/test-node.js';

// The small version of `npm run proof -- cart`.
it('carts converge, and every acknowledged operation is in them once, on a bad network', async () => {
  const redis = { redisUrl: await startRedis(), redisPrefix: uniquePrefix() };
  const nodes = await Promise.all([
    startTestNode(redis),
    startTestNode(redis),
    startTestNode(redis),
  ]);
  const seed = Math.floor(Math.random() * 2 ** 31);

  const { violations } = await converge({
    nodes,
    redis: await openRedis(redis.redisUrl),
    redisPrefix: redis.redisPrefix,
    seed,
    shoppers: 6,
    resyncMs: 10_000,
    operations: 300,
  });

  expect({ seed, violations }).toEqual({ seed, violations: [] });
}, 60_000);
