import { afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { RedisClientType } from 'redis';
import { eventually } from '../src/testing/eventually.js';
import { listen } from './support/log-lines.js';
import { openRedis, serverUrls, startRedisOfOwn } from './support/redis-under-test.js';
import { startTestNode, type TestNode, uniquePrefix } from './support/test-node.js';
import { operation, Visitor } from './support/visitor.js';

describe('a node that stands on a Redis with limits', () => {
  let redisUrl: string;
  let servers: RedisClientType[];
  let node: TestNode;

  beforeAll(async () => {
    redisUrl = await startRedisOfOwn();
    servers = await Promise.all((await serverUrls(redisUrl)).map((url) => openRedis(url)));
    node = await startTestNode({ redisUrl, redisPrefix: uniquePrefix() });
  });

  afterEach(async () => {
    jest.restoreAllMocks();
    await configure({ maxmemory: '0', 'maxmemory-policy': 'noeviction' });
  });

  const configure = (settings: Record<string, string>) =>
    Promise.all(servers.map((server) => server.configSet(settings)));

  const readiness = async () => (await fetch(`${node.url}/health/ready`)).status;

  it('is not ready while Redis has no memory left, refuses what would be written, and is ready again', async () => {
    const socket = await (await new Visitor(node).register()).connect();
    expect(await readiness()).toBe(200);

    await configure({ maxmemory: '1' });

    await eventually(async () => (await readiness()) === 503);
    const refused = await socket.ask('cart:apply', operation('add', 'scale', 1));
    expect(refused).toMatchObject({ ok: false, error: { code: 'UNAVAILABLE' } });

    await configure({ maxmemory: '0' });
    await eventually(async () => (await readiness()) === 200);
    expect(await socket.get('cart:get')).toMatchObject({ version: 0 });
  });

  it('says once at the start that Redis may evict sessions', async () => {
    await configure({ maxmemory: '1gb', 'maxmemory-policy': 'allkeys-lru' });
    const lines = listen('warn');

    await startTestNode({ redisUrl, redisPrefix: uniquePrefix() });

    const warnings = lines.filter((line) => line.includes('Sessions may be lost'));
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain('maxmemory-policy is allkeys-lru, not noeviction');
  });
});
