import { beforeAll, describe, expect, it } from '@jest/globals';
import { startRedis } from './support/redis-under-test.js';
import { startTestNode, type TestNode, uniquePrefix } from './support/test-node.js';
import { PASSWORD, Visitor } from './support/visitor.js';

describe('a personal answer', () => {
  let node: TestNode;

  beforeAll(async () => {
    node = await startTestNode({ redisUrl: await startRedis(), redisPrefix: uniquePrefix() });
  });

  it.each([
    ['POST', '/auth/register', 201],
    ['GET', '/user/profile', 200],
    ['GET', '/devices', 200],
    ['GET', '/cart', 200],
    ['POST', '/auth/login', 400],
    ['POST', '/auth/logout', 204],
  ])('is never kept by a cache: %s %s', async (method, path, expected) => {
    const visitor = new Visitor(node);
    const account = { email: visitor.email, password: PASSWORD, name: 'Ada' };
    if (path !== '/auth/register') await visitor.register();

    const body = path === '/auth/register' ? account : undefined;
    const { status, headers } = await visitor.request(method, path, { body });

    expect(status).toBe(expected);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('vary')).toContain('Cookie');
  });
});
