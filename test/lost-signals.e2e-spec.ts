import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { RedisClientType } from 'redis';
import { Sessions, SessionStoreUnavailableError } from '../src/shared-session/index.js';
import { DEAF_MS } from '../src/shared-session/signals/hearing-proof.js';
import { Shards } from '../src/shared-session/signals/shards.js';
import { StoredSessions } from '../src/shared-session/store/stored-sessions.js';
import { eventually } from '../src/testing/eventually.js';
import { CommandLog } from './support/command-log.js';
import { openRedis, startRedis } from './support/redis-under-test.js';
import { RedisProxy } from './support/redis-proxy.js';
import { startTestNode, type TestNode, uniquePrefix } from './support/test-node.js';
import { operation, Visitor } from './support/visitor.js';

/** Their rooms take more than 16 KB to subscribe to, which node-redis must be told to allow. */
const MANY = 200;
const FEW = 20;

// How fast it goes is what the proof of this name measures, on a machine that does nothing else.
describe('when signals are lost', () => {
  const redisPrefix = uniquePrefix();
  let redisUrl: string;
  let redis: RedisClientType;
  let a: TestNode;
  /** Hears of ends only through the proxy. */
  let b: TestNode;
  let toB: RedisProxy;

  beforeAll(async () => {
    redisUrl = await startRedis();
    redis = await openRedis(redisUrl);
    toB = await RedisProxy.to(redisUrl);
    [a, b] = await Promise.all([
      startTestNode({ redisUrl, redisPrefix }),
      startTestNode({ redisUrl: toB.address, redisPrefix }),
    ]);
  });

  const crowd = (size: number) =>
    Promise.all(
      Array.from({ length: size }, async () => {
        const visitor = await new Visitor(a).arrive();
        return { visitor, socket: await visitor.connect(b) };
      }),
    );

  it('a node whose subscription broke finds every session that ended meanwhile', async () => {
    const visitors = await crowd(MANY);
    const survivor = await (await new Visitor(a).arrive()).connect(b);
    toB.cutSubscribers();

    await Promise.all(visitors.map(({ visitor }) => visitor.logout(a)));

    await Promise.all(visitors.map(({ socket }) => socket.next('disconnect')));
    // Whoever remains may have missed broadcasts, and is told to start over.
    await survivor.next('session:ready');
  });

  it('no command of an ended session commits on a node that is deaf', async () => {
    const visitors = await crowd(FEW);
    const survivor = await (await new Visitor(a).arrive()).connect(b);
    const wakeSweep = stopSweep(b);
    toB.deafen();
    await Promise.all(visitors.map(({ visitor }) => visitor.logout(a)));

    const answers = await Promise.all(
      visitors.map(({ socket }) => socket.ask('cart:apply', operation('add', 'scale', 1))),
    );

    expect(new Set(answers.map((answer) => !answer.ok && answer.error.code))).toEqual(
      new Set(['SESSION_ENDED']),
    );
    expect(visitors.every(({ socket }) => socket.client.connected)).toBe(true);
    wakeSweep();
    toB.heal();
    await Promise.all(visitors.map(({ socket }) => socket.next('disconnect')));
    await survivor.next('session:ready');
  });

  it('a deaf node is not ready, and ready again after it was healed', async () => {
    const ready = async () => (await new Visitor(b).get('/health/ready')).status;
    toB.deafen();

    await eventually(async () => (await ready()) === 503);

    toB.heal();
    await eventually(async () => (await ready()) === 200);
  });

  it('a node that hears nothing at all refuses sockets, and does not ask Redis whose they are', async () => {
    const visitor = await new Visitor(a).arrive();
    const log = await CommandLog.of(redisUrl);
    const ready = async () => (await new Visitor(b).get('/health/ready')).status;
    toB.deafen();
    await eventually(async () => (await ready()) === 503);
    for (const { proof } of b.app.get(Shards, { strict: false }).all()) {
      proof.provenAt = performance.now() - DEAF_MS;
    }

    const asked = await log.during(async () => {
      const { data } = await visitor.socket(b).refused();
      expect(data).toMatchObject({ code: 'UNAVAILABLE' });
    });

    expect(asked.filter((line) => line.includes(visitor.handle))).toEqual([]);
    toB.heal();
    await eventually(async () => (await ready()) === 200);
  });

  it('a change is read again where Redis did not answer the first time', async () => {
    const visitor = await new Visitor(a).register();
    const socket = await visitor.connect(b);
    const store = b.app.get(StoredSessions, { strict: false });
    jest.spyOn(store, 'read').mockRejectedValueOnce(new SessionStoreUnavailableError());

    await a.app.get(StoredSessions, { strict: false }).update(visitor.handle, ({ user }) => {
      Object.assign(user ?? {}, { roles: ['staff'] });
    });

    expect(await socket.next('session:changed')).toMatchObject({ user: { roles: ['staff'] } });
  });

  it('every session is looked at again where Redis did not answer the first time', async () => {
    const socket = await (await new Visitor(a).arrive()).connect(b);
    const store = b.app.get(StoredSessions, { strict: false });
    const unread = { status: 'rejected', reason: new SessionStoreUnavailableError() } as const;
    jest
      .spyOn(store, 'readEach')
      .mockImplementationOnce((handles) => Promise.resolve(handles.map(() => unread)));

    toB.cutSubscribers();

    await socket.next('session:ready');
  });

  it('a record that one look does not find ends nothing yet: who ended the session says why', async () => {
    const socket = await (await new Visitor(a).arrive()).connect(b);
    const store = b.app.get(StoredSessions, { strict: false });
    const lifetimes = store.lifetimes.bind(store);
    const looks = jest.spyOn(store, 'lifetimes');
    looks.mockImplementationOnce((handles) =>
      Promise.resolve(handles.map(() => ({ status: 'fulfilled', value: -2 }))),
    );
    looks.mockImplementation(lifetimes);

    await eventually(() => looks.mock.calls.length >= 2);
    looks.mockRestore();

    expect(await socket.get('cart:get')).toMatchObject({ version: 0 });
  });

  it('a record that was deleted behind our back takes its sockets along', async () => {
    const visitor = await new Visitor(a).register();
    const socket = await visitor.connect(b);

    await redis.del(`${redisPrefix}sess:{${visitor.handle}}`);

    expect(await socket.next('session:ended')).toMatchObject({ reason: 'revoked' });
    await eventually(async () => {
      const [rights = 'none'] = await redis.keys(`${redisPrefix}sessions:{user:*`);
      return (await redis.zScore(rights, visitor.handle)) === null;
    });
  });

  it('a socket is subscribed when it is ready, however long the subscription takes', async () => {
    const visitor = await new Visitor(a).arrive();
    toB.subscriberDelayMs = 100;
    const socket = await visitor.connect(b);

    await visitor.post('/cart/operations', operation('add', 'scale', 1), a);

    toB.subscriberDelayMs = 0;
    expect(await socket.next('cart:changed')).toMatchObject({ version: 1 });
  });

  it('a room is kept whose subscription broke off', async () => {
    const visitor = await new Visitor(a).arrive();
    toB.subscriberDelayMs = 200;
    const underWay = toB.delayed();
    const socket = visitor.socket(b);
    await underWay;
    toB.subscriberDelayMs = 0;
    toB.cutSubscribers();
    await socket.ready();

    await visitor.post('/cart/operations', operation('add', 'scale', 1), a);

    expect(await socket.next('cart:changed')).toMatchObject({ version: 1 });
  });

  it('a session that ends before a handshake hears of it lets no socket in', async () => {
    const restore = stopSweep(b);
    const visitor = await new Visitor(a).register();
    toB.subscriberDelayMs = 300;
    const underWay = toB.delayed();
    const socket = visitor.socket(b);
    await underWay;

    await visitor.logout(a);

    expect((await socket.refused()).data).toMatchObject({ code: 'UNAUTHENTICATED' });
    toB.subscriberDelayMs = 0;
    restore();
  });

  it('a session that is left and followed again before Redis has replied is heard of', async () => {
    const restore = stopSweep(b);
    const visitor = await new Visitor(a).register();
    const first = await visitor.connect(b);
    // Longer than a handshake takes until it subscribes.
    toB.subscriberDelayMs = 500;
    const underWay = toB.delayed();
    first.client.disconnect();
    await underWay;
    const again = visitor.socket(b);
    await again.ready();
    toB.subscriberDelayMs = 0;
    await toB.caughtUp();

    await visitor.logout(a);

    expect(await again.next('session:ended')).toMatchObject({ reason: 'signed-out' });
    restore();
  });

  it('garbage on a session’s channel is ignored', async () => {
    const visitor = await new Visitor(a).arrive();
    const socket = await visitor.connect(b);

    for (const garbage of ['', '{}', 'null', '{"type":"ended"}', 'x'.repeat(10_000)]) {
      await redis.sPublish(`${redisPrefix}session:{${visitor.handle}}`, garbage);
    }
    await a.app.get(Sessions, { strict: false }).end(visitor.handle);

    expect(await socket.next('session:ended')).toMatchObject({ reason: 'revoked' });
  });
});

/** Keeps a node from asking Redis which sessions are left: it would find those that the test wants unfound. */
function stopSweep({ app }: TestNode): () => void {
  const store = app.get(StoredSessions, { strict: false });
  store.lifetimes = () => Promise.reject(new Error('no sweep now'));
  // The method of the class shows again.
  return () => Reflect.deleteProperty(store, 'lifetimes');
}
