import { describe, expect, it } from '@jest/globals';
import { openRedis, startRedis } from './support/redis-under-test.js';
import { startTestNode, uniquePrefix } from './support/test-node.js';
import { Visitor } from './support/visitor.js';

describe('a session whose Secure cookie the request cannot get', () => {
  it('is not stored, and the request is told', async () => {
    const redisUrl = await startRedis();
    const [redis, redisPrefix] = [await openRedis(redisUrl), uniquePrefix()];
    const node = await startTestNode({ redisUrl, redisPrefix, production: true });
    const visitor = new Visitor(node);

    const { status } = await visitor.get('/session');

    expect(status).toBe(500);
    expect(await redis.keys(`${redisPrefix}sess:*`)).toEqual([]);
    expect(visitor.cookie).toBe('');
  });
});
