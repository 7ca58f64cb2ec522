import { beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as pause } from 'node:timers/promises';
import type { RedisClientType } from 'redis';
import type { Socket } from 'socket.io-client';
import { Sessions } from '../src/shared-session/index.js';
import { SessionStore } from '../src/shared-session/store/session.store.js';
import { type PlainApp, startPlainApp } from './support/plain-app.js';
import { openRedis, startRedis } from './support/redis-under-test.js';
import { startTestNode, type TestNode, uniquePrefix } from './support/test-node.js';
import { operation, Visitor } from './support/visitor.js';

/** A warning comes a tenth of it ahead. */
const IDLE_SECONDS = 3;

const nextOn = (socket: Socket, event: string) =>
  new Promise<void>((resolve) => socket.once(event, resolve));

describe('session and sockets stay in step', () => {
  const redisPrefix = uniquePrefix();
  let redisUrl: string;
  let redis: RedisClientType;
  let a: TestNode;
  let b: TestNode;
  /** Plain express-session code. */
  let plain: PlainApp;
  let plainToo: PlainApp;
  /** As plain, with a short idle timeout. */
  let brief: PlainApp;
  let briefToo: PlainApp;

  beforeAll(async () => {
    redisUrl = await startRedis('scan');
    redis = await openRedis(redisUrl);
    const own = { prefix: uniquePrefix() };
    const ownBrief = { prefix: uniquePrefix(), idleSeconds: IDLE_SECONDS };
    [a, b, plain, plainToo, brief, briefToo] = await Promise.all([
      startTestNode({ redisUrl, redisPrefix }),
      startTestNode({ redisUrl, redisPrefix }),
      startPlainApp(redisUrl, { ...own, nodeName: 'plain' }),
      startPlainApp(redisUrl, { ...own, nodeName: 'plain-too' }),
      startPlainApp(redisUrl, { ...ownBrief, nodeName: 'brief' }),
      startPlainApp(redisUrl, { ...ownBrief, nodeName: 'brief-too' }),
    ]);
  });

  it('a socket that saves after the original maxAge keeps a session that HTTP kept alive', async () => {
    const visitor = new Visitor(brief);
    await visitor.post('/login');
    const socket = await visitor.connect(briefToo);
    const end = performance.now() + 1.3 * IDLE_SECONDS * 1000;
    while (performance.now() < end) {
      await visitor.get('/me');
      await pause(200);
    }

    expect(await socket.get('count', 1)).toBe(1);

    expect((await visitor.get('/me')).body).toEqual({ user: { id: 'ada' }, count: 1 });
  });

  it('an active socket keeps its session, an idle one ends with it, within 5 s', async () => {
    const [active, idle] = [new Visitor(brief), new Visitor(brief)];
    await Promise.all([active.post('/login'), idle.post('/login')]);
    const [busy, quiet] = [await active.connect(), await idle.connect(briefToo)];
    const start = performance.now();
    let ended: { reason: string } | undefined;
    void quiet.next<{ reason: string }>('session:ended').then((message) => (ended = message));

    while (!ended || performance.now() - start < 2.2 * IDLE_SECONDS * 1000) {
      await busy.get('count', 1);
      await pause(200);
    }

    expect(ended.reason).toBe('expired');
    expect(performance.now() - start).toBeLessThan((IDLE_SECONDS + 5) * 1000);
    expect(await quiet.next('session:expiring')).toMatchObject({ reason: 'idle' });
    expect(quiet.client.connected).toBe(false);
    expect(busy.client.connected).toBe(true);
    expect((await active.get('/me')).body).toMatchObject({ user: { id: 'ada' } });
    expect((await idle.get('/me')).body).toEqual({});
  });

  it('a first contact over a socket is refused, and starts no session', async () => {
    const before = await redis.keys(`${redisPrefix}sess:*`);

    const error = await new Visitor(a).socket().refused();

    expect(error.data).toMatchObject({ code: 'UNAUTHENTICATED' });
    expect(await redis.keys(`${redisPrefix}sess:*`)).toHaveLength(before.length);
  });

  describe('a session that ended stays gone', () => {
    it('when a request that had loaded it saves it after the logout', async () => {
      const visitor = new Visitor(plain);
      await visitor.post('/login');
      const gate = plain.close();
      const slow = visitor.post('/slow');
      await gate.arrived;

      await visitor.post('/logout');
      gate.open();

      expect((await slow).status).toBe(401);
      expect(await redis.keys(`*sess:{${visitor.handle}}`)).toEqual([]);
    });

    it('when an event handler saves it after the logout', async () => {
      const visitor = new Visitor(plain);
      await visitor.post('/login');
      const { handle } = visitor;
      await visitor.post('/logout');

      const update = plain.app.get(Sessions).update(handle, () => undefined);

      await expect(update).rejects.toMatchObject({ code: 'SESSION_ENDED' });
      expect(await redis.keys(`*sess:{${handle}}`)).toEqual([]);
    });
  });

  it('a client that was offline during the logout is refused when it returns', async () => {
    const visitor = await new Visitor(a).register();
    const socket = visitor.socket(b);
    await socket.ready();
    socket.client.io.engine.close();
    await socket.next('disconnect');

    await visitor.logout();
    const refused = socket.refused();
    socket.client.connect();

    expect((await refused).data).toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  it('a connection that joins a second namespace has its session there too, and loses it in both', async () => {
    const visitor = new Visitor(plain);
    await visitor.post('/login');
    const socket = await visitor.connect();

    const second = socket.client.io.socket('/elsewhere');
    await nextOn(second, 'session:ready');

    expect(await second.emitWithAck('who')).toEqual({ ok: true, data: 'ada' });
    const ended = nextOn(second, 'session:ended');
    await visitor.post('/logout');
    await ended;
    await socket.next('session:ended');
  });

  describe('a login in one tab', () => {
    it('makes the other tabs, which were guests, reconnect as the user', async () => {
      const visitor = await new Visitor(a).arrive();
      const guestTab = await visitor.connect(b);

      await visitor.register();

      const ended = await guestTab.next<{ retryAfterMs: number }>('session:ended');
      expect(ended).toMatchObject({ reason: 'replaced', reconnect: 'now' });
      expect(ended.retryAfterMs).toBeGreaterThan(0);
      await guestTab.next('disconnect');
      const again = await visitor.socket(b).ready<{ user: { email: string } }>();
      expect(again.user.email).toBe(visitor.email);
    });

    it('never moves the socket of whoever planted the session id (fixation)', async () => {
      const attacker = await new Visitor(a).arrive();
      const planted = await attacker.connect(b);
      const victim = new Visitor(a);
      victim.cookie = attacker.cookie;

      await victim.register();
      await victim.post('/cart/operations', operation('add', 'scale', 1));

      expect(await planted.next('session:ended')).toMatchObject({ reason: 'replaced' });
      await planted.next('disconnect');
      expect(planted.unread).not.toContain('cart:changed');
      expect(planted.unread).not.toContain('session:changed');
      expect((await attacker.socket(b).refused()).data).toMatchObject({ code: 'UNAUTHENTICATED' });
    });

    it('never moves a socket even where an application keeps the session id', async () => {
      const visitor = await new Visitor(a).arrive();
      const socket = await visitor.connect(b);

      await a.app.get(Sessions, { strict: false }).update(visitor.handle, (data) => {
        data.user = { id: 'victim', email: '', name: '', roles: [] };
      });

      expect(await socket.next('session:ended')).toMatchObject({ reason: 'replaced' });
      expect(socket.unread).not.toContain('session:changed');
    });
  });

  it('100 concurrent increments from 4 tabs on 2 nodes are 100', async () => {
    const visitor = new Visitor(plain);
    await visitor.post('/login');
    const tabs = await Promise.all(
      [plain, plain, plainToo, plainToo].map((node) => visitor.connect(node)),
    );

    await Promise.all(tabs.flatMap((tab) => Array.from({ length: 25 }, () => tab.get('count', 1))));

    expect((await visitor.get('/me')).body).toMatchObject({ count: 100 });
  });

  it('merges writers of different keys: a slow request and a socket', async () => {
    const visitor = new Visitor(plain);
    await visitor.post('/login');
    const socket = await visitor.connect(plainToo);
    const gate = plain.close();
    const slow = visitor.post('/slow');
    await gate.arrived;

    await socket.get('count', 5);
    gate.open();
    await slow;

    expect((await visitor.get('/me')).body).toMatchObject({ count: 5, theme: 'dark' });
  });

  it('a user whom no id tells from others is not saved', async () => {
    const visitor = new Visitor(plain);

    const { status } = await visitor.post('/become', { _id: 'ada', name: 'Ada' });

    expect(status).toBe(500);
    expect((await visitor.get('/me')).body).toEqual({});
    expect(await redis.keys(`*sess:{${visitor.handle}}`)).toEqual([]);
  });

  it('a record that is none counts as gone, and fails no list that it is in', async () => {
    const [visitor, other] = [new Visitor(plain), new Visitor(plain)];
    await Promise.all([visitor.post('/login'), other.post('/login')]);
    const [key = ''] = await redis.keys(`*sess:{${visitor.handle}}`);

    for (const record of ['{"user":', 'null', '[]', '42']) {
      await redis.set(key, record, { expiration: 'KEEPTTL' });

      expect((await visitor.get('/me')).body).toEqual({});
      const sessions = await plain.app.get(Sessions).list({ kind: 'user', id: 'ada' });
      expect(sessions.map(({ handle }) => handle)).toContain(other.handle);
      expect(sessions.map(({ handle }) => handle)).not.toContain(visitor.handle);
    }
    await plain.app.get(Sessions).end(visitor.handle);
    expect(await redis.exists(key)).toBe(0);
  });

  it('store.clear() ends every session, with its sockets on every node', async () => {
    const visitor = new Visitor(plain);
    await visitor.post('/login');
    const socket = await visitor.connect(plainToo);

    await plain.app.get(SessionStore, { strict: false }).clear();

    const [rights = ''] = await redis.keys('*sessions:{user:ada}');
    expect(await redis.zScore(rights, visitor.handle)).toBeNull();
    expect(await socket.next('session:ended')).toMatchObject({ reason: 'revoked' });
    expect((await visitor.get('/me')).body).toEqual({});
  });

  it('after the end not one event goes in or out, even before the transport has closed', async () => {
    const visitor = await new Visitor(a).register();
    const socket = await visitor.connect(b);
    const answers: unknown[] = [];

    const logout = visitor.logout(a);
    while (socket.client.connected) {
      const add = operation('add', 'scale', 1);
      socket.client.emit('cart:apply', add, (answer: unknown) => answers.push(answer));
      await pause(1);
    }
    await logout;

    const last = socket.unread.lastIndexOf('session:ended');
    expect(last).toBeGreaterThanOrEqual(0);
    expect(socket.unread.slice(last + 1)).toEqual(['disconnect']);
  });
});
