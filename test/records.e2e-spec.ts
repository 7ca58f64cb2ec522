import { createHmac } from 'node:crypto';
import { afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { RedisStore } from 'connect-redis';
import type { SessionData } from 'express-session';
import type { RedisClientType } from 'redis';
import { Sessions, SessionStoreUnavailableError } from '../src/shared-session/index.js';
import { SessionStore } from '../src/shared-session/store/session.store.js';
import { StoredSessions } from '../src/shared-session/store/stored-sessions.js';
import { CommandLog } from './support/command-log.js';
import { SessionLinks } from '../src/shared-session/links/session-links.js';
import { eventually } from '../src/testing/eventually.js';
import { type PlainApp, startPlainApp } from './support/plain-app.js';
import { openRedis, startRedis } from './support/redis-under-test.js';
import { startTestNode, TEST_SECRET, type TestNode, uniquePrefix } from './support/test-node.js';
import { operation, Visitor } from './support/visitor.js';

const ADA = { kind: 'user', id: 'ada' } as const;

describe('what Redis keeps of sessions', () => {
  let redisUrl: string;
  let redis: RedisClientType;

  beforeAll(async () => {
    redisUrl = await startRedis('legacy');
    redis = await openRedis(redisUrl);
  });

  it('tells nobody a session id: no key, no value, no channel and no command has one', async () => {
    const redisPrefix = uniquePrefix();
    const settings = { redisUrl, redisPrefix };
    const [a, b] = await Promise.all([startTestNode(settings), startTestNode(settings)]);
    const log = await CommandLog.of(redisUrl);
    const ids: string[] = [];

    const lines = await log.during(async () => {
      const visitor = await new Visitor(a).arrive();
      ids.push(visitor.sid);
      await visitor.post('/cart/operations', operation('add', 'scale', 1));
      await visitor.register();
      const socket = await visitor.connect(b);
      ids.push(visitor.sid);
      await socket.get('cart:apply', operation('add', 'scale', 1));
      await visitor.login();
      ids.push(visitor.sid);
      await visitor.connect(b);
    });

    const everything = [...lines, ...(await contents()), ...(await redis.pubSubShardChannels())];
    expect(everything.length).toBeGreaterThan(20);
    expect(everything.filter((text) => ids.some((id) => text.includes(id)))).toEqual([]);
  });

  /** Every key and value, as text. */
  async function contents(): Promise<string[]> {
    const keys = await redis.keys('*');
    const dumps = await Promise.all(keys.map((key) => redis.dump(key)));
    return [...keys, ...dumps.map(String)];
  }

  it('has an end, but for accounts and the carts of users', async () => {
    const redisPrefix = uniquePrefix();
    const node = await startTestNode({ redisUrl, redisPrefix });
    const visitor = await new Visitor(node).arrive();
    await visitor.post('/cart/operations', operation('add', 'scale', 1));
    await visitor.register();
    await visitor.connect();
    await visitor.post('/cart/operations', operation('add', 'scale', 1));

    const keys = await redis.keys(`${redisPrefix}*`);
    const endless = [];
    for (const key of keys) if ((await redis.pTTL(key)) < 0) endless.push(key);

    const names = endless.map((key) => key.slice(redisPrefix.length).replace(/[:{].*/s, ''));
    expect(new Set(names)).toEqual(new Set(['account', 'account-by-email', 'cart']));
  });

  it('of a guest goes soon after the guest, and not while the guest only looks', async () => {
    const redisPrefix = uniquePrefix();
    const node = await startTestNode({ redisUrl, redisPrefix });
    const visitor = await new Visitor(node).arrive();
    await visitor.post('/cart/operations', operation('add', 'scale', 1));
    const keys = await redis.keys(`${redisPrefix}*{guest:*`);
    const lives = () => Promise.all(keys.map((key) => redis.ttl(key)));

    expect(keys.length).toBeGreaterThanOrEqual(3);
    // Idle, once more for an entry that has expired, and a minute.
    expect(Math.max(...(await lives()))).toBeLessThanOrEqual(2 * 1800 + 60);

    for (const key of keys) await redis.expire(key, 5);
    await visitor.get('/session');

    expect(Math.min(...(await lives()))).toBeGreaterThan(1800);
  });

  describe('from before, by connect-redis,', () => {
    let app: PlainApp;
    let legacyPrefix: string;

    beforeAll(async () => {
      legacyPrefix = `legacy-${uniquePrefix()}`;
      app = await startPlainApp(redisUrl, { prefix: uniquePrefix(), legacyPrefix });
    });

    /** A visitor whose session connect-redis has written. */
    async function returning(sid: string): Promise<Visitor> {
      const store = new RedisStore({ client: redis, prefix: legacyPrefix });
      const data = { cookie: { originalMaxAge: null }, user: ADA };
      await store.set(sid, data as unknown as SessionData);
      const visitor = new Visitor(app);
      visitor.cookie = `sid=${encodeURIComponent(`s:${sid}.${signatureOf(sid)}`)}`;
      return visitor;
    }

    const sessions = () => app.app.get(Sessions, { strict: false });

    it('is taken over when its cookie comes: listed, with a start, and gone from where it was', async () => {
      const visitor = await returning('adopted');
      const before = Date.now() - 1000;

      expect((await visitor.get('/me')).body).toMatchObject({ user: { id: 'ada' } });

      const listed = await sessions().list(ADA);
      expect(listed.map(({ handle }) => handle)).toContain(visitor.handle);
      expect(listed.every(({ startedAt }) => startedAt > before)).toBe(true);
      const left = await redis.mGet(await redis.keys(`${legacyPrefix}*`));
      expect(left.filter((json) => json?.includes('ada'))).toEqual([]);
    });

    it('is taken over once by requests that come together, and by a socket', async () => {
      const visitor = await returning('together');

      const answers = await Promise.all(Array.from({ length: 5 }, () => visitor.get('/me')));
      const socket = await (await returning('by-socket')).connect();

      for (const { body } of answers) expect(body).toMatchObject({ user: { id: 'ada' } });
      expect(socket.client.connected).toBe(true);
    });

    it('proves nobody’s sign-in: nobody knows when that was', async () => {
      const visitor = await returning('unproven');
      await visitor.connect();

      const link = app.app.get(SessionLinks, { strict: false }).get(visitor.handle);

      expect(link?.session?.sinceSignInMs).toBeGreaterThan(Date.now() - 60_000);
    });

    it('ends with all others, and does not come back', async () => {
      const visitor = await returning('ended');
      await visitor.get('/me');

      await sessions().endAll(ADA);

      expect((await visitor.get('/me')).body).toEqual({});
    });
  });
});

describe('what an application does with the store', () => {
  let plain: PlainApp;

  beforeAll(async () => {
    plain = await startPlainApp(await startRedis(), { prefix: uniquePrefix() });
  });

  it('nobody is signed in who was told no, in an application of its own either', async () => {
    const stored = plain.app.get(StoredSessions, { strict: false });
    const start = jest.spyOn(stored, 'start');
    start.mockRejectedValueOnce(new SessionStoreUnavailableError());
    const visitor = new Visitor(plain);

    const { status, headers } = await visitor.post('/login');

    expect([status, headers.getSetCookie()]).toEqual([503, []]);
    expect(start).toHaveBeenCalledTimes(1);
    start.mockRestore();
  });

  it('a copy of a session that has ended does not bring it back', async () => {
    const store = plain.app.get(SessionStore, { strict: false });
    const visitor = new Visitor(plain);
    await visitor.post('/login');
    const copy = { ...(await store.get(visitor.sid)) } as SessionData;
    await visitor.post('/logout');

    await expect(store.set(visitor.sid, copy)).rejects.toMatchObject({ code: 'SESSION_ENDED' });

    expect((await visitor.get('/me')).body).toEqual({});
  });

  it('a copy of a live session is saved, and undoes nobody’s change', async () => {
    const store = plain.app.get(SessionStore, { strict: false });
    const visitor = new Visitor(plain);
    await visitor.post('/login');
    const copy = { ...(await store.get(visitor.sid)), theme: 'dark' } as unknown as SessionData;

    await store.set(visitor.sid, copy);

    expect((await visitor.get('/me')).body).toMatchObject({ user: { id: 'ada' }, theme: 'dark' });
  });
});

/** As express-session signs a cookie. */
function signatureOf(sid: string): string {
  return createHmac('sha256', TEST_SECRET).update(sid).digest('base64').replace(/=+$/, '');
}

describe('nodes whose clocks are wrong', () => {
  let right: TestNode;
  let settings: Parameters<typeof startTestNode>[0];
  const HOUR_MS = 3_600_000;

  beforeAll(async () => {
    const redis = { redisUrl: await startRedis(), redisPrefix: uniquePrefix() };
    settings = { ...redis, sessionIdleSeconds: 30, sessionAbsoluteSeconds: 1800 };
    right = await startTestNode(settings);
  });

  afterEach(() => {
    jest.restoreAllMocks();
  });

  it.each([
    ['ahead', HOUR_MS],
    ['behind', -HOUR_MS],
  ])('keep live sessions, and end what is to end: %s', async (_, offMs) => {
    const { now } = Date;
    const visitor = await new Visitor(right).register();
    jest.spyOn(Date, 'now').mockImplementation(() => now.call(Date) + offMs);
    const wrong = await startTestNode(settings);

    const other = await new Visitor(wrong).login(visitor.email);
    const socket = await other.connect();
    await socket.get('session:extend');
    const applied = await socket.ask('cart:apply', operation('add', 'scale', 1));
    const listed = await visitor.get<{ handle: string }[]>('/devices');
    const { status } = await visitor.request('DELETE', '/devices');

    expect(applied).toMatchObject({ ok: true });
    expect(listed.body).toHaveLength(2);
    expect(status).toBe(204);
    expect(await socket.next('session:ended')).toMatchObject({ reason: 'revoked' });
    await eventually(async () => (await other.get('/user/profile')).status === 401);
    expect((await visitor.get('/user/profile')).status).toBe(200);
  });
});
