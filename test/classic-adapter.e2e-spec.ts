import { beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../src/testing/eventually.js';
import { NodeProcess } from './support/node-process.js';
import { startRedis } from './support/redis-under-test.js';
import { TcpProxy } from './support/tcp-proxy.js';
import { uniquePrefix } from './support/test-node.js';
import { operation, Visitor } from './support/visitor.js';

const OUTAGES = 5;

describe('on a Redis older than 7, which has no sharded Pub/Sub', () => {
  let redis: TcpProxy;
  let a: NodeProcess;
  let b: NodeProcess;

  beforeAll(async () => {
    redis = await TcpProxy.to(await startRedis('classic'));
    redis.redisMajor = 6;
    const settings = { REDIS_URL: redis.url, REDIS_PREFIX: uniquePrefix() };
    [a, b] = await Promise.all([
      NodeProcess.start('a', settings),
      NodeProcess.start('b', settings),
    ]);
  });

  it('a change on one node reaches the user on the other, and nobody else', async () => {
    const [visitor, other] = [await new Visitor(a).register(), await new Visitor(a).register()];
    const [socket, elsewhere] = [await visitor.connect(b), await other.connect(b)];

    await visitor.post('/cart/operations', operation('add', 'scale', 1));
    await other.post('/cart/operations', operation('add', 'cup-set', 1));

    await socket.next('cart:changed');
    expect(await elsewhere.next('cart:changed')).toMatchObject({ lines: [{ sku: 'cup-set' }] });
    expect(elsewhere.unread).not.toContain('cart:changed');
  });

  it('a broadcast that Redis does not take ends no process', async () => {
    const visitor = await new Visitor(a).arrive();
    const socket = await visitor.connect(a);

    for (let outage = 0; outage < OUTAGES; outage += 1) {
      const adds = Array.from({ length: 50 }, () => operation('add', 'scale', 1));
      const answers = adds.map((add) => socket.ask('cart:apply', add));
      // The first answer is there: more are committed, and their broadcasts under way.
      await answers[0];
      redis.cut();
      await Promise.all(answers);
      redis.heal();
      await eventually(async () => (await new Visitor(a).get('/health/ready')).status === 200);
    }

    expect((await visitor.get('/cart')).status).toBe(200);
    expect(a.output).not.toContain('Unhandled');
  });
});
