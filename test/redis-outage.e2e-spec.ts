import { beforeAll, describe, expect, it } from '@jest/globals';
import { createClient, createCluster, createSentinel } from 'redis';
import { REDIS_CLIENTS } from '../src/server/redis/redis.module.js';
import {
  closeRedisClients,
  openRedisClients,
  type OwnRedisClients,
  type RedisAddress,
  type RedisClients,
} from '../src/shared-session/index.js';
import { stopAfterwards } from './support/cleanup.js';
import { partsOf } from '../src/testing/node-parts.js';
import { eventually } from '../src/testing/eventually.js';
import { startPlainApp } from './support/plain-app.js';
import { RedisProxy } from './support/redis-proxy.js';
import { startRedis, startRedisServer } from './support/redis-under-test.js';
import { startStoppableRedis, type StoppableRedis } from './support/stoppable-redis.js';
import { startTestNode, type TestNode, uniquePrefix } from './support/test-node.js';
import { operation, Visitor } from './support/visitor.js';

interface Failure {
  error: { code: string };
}

/** Less than a request, a handshake and an event would take if each waited for Redis. */
const PROMPTLY_MS = 3000;

/** Asks as load balancers do: without a cookie. */
const probe = (which: 'live' | 'ready', node: TestNode) =>
  new Visitor(node).get(`/health/${which}`);

function clientsOf({ app }: TestNode): RedisClients[keyof RedisClients][] {
  const { commands, publisher, subscriber } = app.get<RedisClients>(REDIS_CLIENTS, {
    strict: false,
  });
  return [commands, publisher, subscriber];
}

type OwnClient = OwnRedisClients[keyof OwnRedisClients];

/** As an application makes one that does without `openRedisClients()`. */
function createOwnClient(address: RedisAddress, options: object): OwnClient {
  if (typeof address === 'string') return createClient({ url: address, ...options });
  if ('cluster' in address) {
    const defaults = { ...address.cluster.defaults, ...options };
    return createCluster({ ...address.cluster, defaults }) as unknown as OwnClient;
  }
  if (!('sentinel' in address)) throw new Error('There is no such Redis here.');
  return createSentinel({
    ...address.sentinel,
    nodeClientOptions: options,
  });
}

async function openOwnClients(address: RedisAddress): Promise<OwnRedisClients> {
  const open = async (options: object) => {
    const client = createOwnClient(address, options);
    client.on('error', () => undefined);
    stopAfterwards(() => client.destroy());
    await client.connect();
    return client;
  };
  return {
    commands: await open({ disableOfflineQueue: true }),
    publisher: await open({ disableOfflineQueue: true }),
    subscriber: await open({ socket: { highWaterMark: 2 ** 26 } }),
  };
}

/** Of several tries: who waits for a time limit does so in every one, a busy machine delays some. */
async function fastest(run: () => Promise<void>): Promise<number> {
  let fastestMs = Infinity;
  for (let tries = 0; tries < 5 && fastestMs >= PROMPTLY_MS; tries += 1) {
    const start = performance.now();
    await run();
    fastestMs = Math.min(fastestMs, performance.now() - start);
  }
  return fastestMs;
}

/** How often a client has named an event since. */
function count(node: TestNode, event: 'error' | 'reconnecting'): () => number {
  let times = 0;
  for (const client of clientsOf(node)) client.on(event, () => (times += 1));
  return () => times;
}

describe('while Redis is away', () => {
  let redis: StoppableRedis;
  let a: TestNode;
  let b: TestNode;

  beforeAll(async () => {
    redis = await startStoppableRedis();
    const settings = { redisUrl: redis.url, redisPrefix: uniquePrefix() };
    [a, b] = await Promise.all([startTestNode(settings), startTestNode(settings)]);
  });

  it('says so at once, lets nobody in, lives whatever cookie comes, and works again when Redis returns', async () => {
    const visitor = await new Visitor(a).register();
    const socket = await visitor.connect(b);
    const latecomer = await new Visitor(a).register();
    await redis.stop();

    const answer = await visitor.get<Failure>('/user/profile');
    const refused = await latecomer.socket(b).refused();
    const refusedEvent = await socket.ask('cart:apply', operation('add', 'scale', 1));
    const fastestMs = await fastest(async () => {
      await visitor.get('/user/profile');
      await latecomer.socket(b).refused();
      await socket.ask('cart:apply', operation('add', 'scale', 1));
    });

    expect([answer.status, answer.body.error.code]).toEqual([503, 'UNAVAILABLE']);
    expect(answer.headers.get('retry-after')).toBe('1');
    expect(refused.data).toMatchObject({ code: 'UNAVAILABLE' });
    expect(refusedEvent).toMatchObject({ ok: false, error: { code: 'UNAVAILABLE' } });
    expect(fastestMs).toBeLessThan(PROMPTLY_MS);
    expect((await probe('live', a)).status).toBe(200);
    expect((await visitor.get('/health/live')).status).toBe(200);
    expect((await probe('ready', a)).status).toBe(503);

    await redis.start();
    await eventually(async () => (await probe('ready', a)).status === 200);
    await eventually(async () => (await probe('ready', b)).status === 200);

    await latecomer.connect(b);
    const { status } = await visitor.post('/cart/operations', operation('add', 'scale', 1), a);
    expect(status).toBe(200);
    expect(await socket.next('cart:changed')).toMatchObject({ version: 1 });
  });

  it('keeps a room that is joined when the connection breaks in that moment', async () => {
    const visitors = await Promise.all(
      Array.from({ length: 10 }, async () => new Visitor(a).arrive()),
    );

    // Each is ready before or after the outage, or refused in it and let in when it comes again.
    const sockets = visitors.map((visitor) => {
      const delays = { reconnectionDelay: 50, reconnectionDelayMax: 200 };
      const socket = visitor.socket(b, { reconnection: true, ...delays });
      socket.client.on('connect_error', () => setTimeout(() => socket.client.connect(), 100));
      return socket;
    });
    await redis.stop();
    await redis.start();
    await Promise.all(sockets.map((socket) => socket.next('session:ready')));
    await eventually(async () => (await probe('ready', a)).status === 200);
    await Promise.all(
      visitors.map((visitor) => visitor.post('/cart/operations', operation('add', 'scale', 1), a)),
    );

    await Promise.all(sockets.map((socket) => socket.next('cart:changed')));
  });

  it('a logout that Redis did not hear is an error, never a silent success', async () => {
    const visitor = await new Visitor(a).register();
    await redis.stop();

    const { status } = await visitor.post('/auth/logout');

    expect(status).toBe(503);
    await redis.start();
    await eventually(async () => (await visitor.get('/user/profile')).status === 200);
  });
});

describe('while Redis hangs, or the node itself stands still', () => {
  let proxy: RedisProxy;
  let node: TestNode;

  beforeAll(async () => {
    proxy = await RedisProxy.to(await startRedis());
    node = await startTestNode({ redisUrl: proxy.address, redisPrefix: uniquePrefix() });
  });

  it('a Redis that does not reply is one that is away, and the second request is told at once', async () => {
    const visitor = await new Visitor(node).register();
    proxy.freeze();

    const start = performance.now();
    const first = await visitor.get<Failure>('/user/profile');
    const firstMs = performance.now() - start;
    const second = await visitor.get<Failure>('/user/profile');
    const secondMs = performance.now() - start - firstMs;
    proxy.heal();

    for (const { status, body } of [first, second]) {
      expect([status, body.error.code]).toEqual([503, 'UNAVAILABLE']);
    }
    // The first waits for its reply 1.5 s; the connection would be given up after 10 s.
    expect(firstMs).toBeLessThan(8000);
    expect(secondMs).toBeLessThan(1000);
    await eventually(async () => (await visitor.get('/user/profile')).status === 200);
  });

  it('works on when a Redis that did not reply does again, over the same connections', async () => {
    const server = await startRedisServer({ isDurable: false });
    const hanging = await startTestNode({ redisUrl: server.url, redisPrefix: uniquePrefix() });
    const visitor = await new Visitor(hanging).register();
    const breaks = count(hanging, 'reconnecting');

    process.kill(server.pid ?? 0, 'SIGSTOP');
    const { status } = await visitor.get('/user/profile');
    process.kill(server.pid ?? 0, 'SIGCONT');

    expect(status).toBe(503);
    await eventually(async () => (await visitor.get('/user/profile')).status === 200);
    expect(breaks()).toBe(0);
  });

  it('gives up connections that deliver nothing any more, asked over them or not', async () => {
    const visitor = await new Visitor(node).register();
    await eventually(async () => (await probe('ready', node)).status === 200);
    proxy.swallow();

    // Each asks Redis over the broken connections, as a load balancer and a visitor go on to do.
    await eventually(async () => (await probe('ready', node)).status === 200);
    await eventually(async () => (await visitor.get('/user/profile')).status === 200);

    expect(proxy.isRid).toBe(true);
  });

  it('clients are closed while Redis hangs', async () => {
    const server = await startRedisServer({ isDurable: false });
    const clients = await openRedisClients(server.url);
    process.kill(server.pid ?? 0, 'SIGSTOP');
    const asked = clients.commands.get('key').catch(() => undefined);

    await closeRedisClients(clients);

    await asked;
    expect(Object.values(clients).some(({ isOpen }: { isOpen: boolean }) => isOpen)).toBe(false);
  });

  it('limits the commands of clients that the application made itself', async () => {
    const own = await RedisProxy.to(await startRedis());
    const clients = await openOwnClients(own.address);
    const { app } = await startPlainApp('', { redis: clients, prefix: uniquePrefix() });
    const { redis } = partsOf(app).options;
    own.freeze();

    await expect(redis.commands.get('key')).rejects.toThrow('did not reply');
    await expect(redis.publisher.sPublish('channel', 'message')).rejects.toThrow('did not reply');

    own.cut();
  });

  it('a node that stood still for 2 s keeps its connections, and no command fails', async () => {
    await eventually(async () => (await probe('ready', node)).status === 200);
    const socket = await (await new Visitor(node).register()).connect();
    const failures = count(node, 'error');

    const answer = socket.ask('cart:apply', operation('add', 'scale', 1));
    const end = performance.now() + 2000;
    await new Promise((resolve) => setImmediate(resolve));
    while (performance.now() < end);

    expect(await answer).toMatchObject({ ok: true });
    expect(await socket.ask('cart:get')).toMatchObject({ ok: true });
    expect(failures()).toBe(0);
  });
});
