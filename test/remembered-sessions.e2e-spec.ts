import 'reflect-metadata';
import { setTimeout as pause } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { Body, Controller, Post, Req } from '@nestjs/common';
import type { Request } from 'express';
import type { RedisClientType } from 'redis';
import { SessionKeys, Sessions, type SignInOptions } from '../src/shared-session/index.js';
import { SessionLinks } from '../src/shared-session/links/session-links.js';
import { eventually } from '../src/testing/eventually.js';
import { type PlainApp, startPlainApp } from './support/plain-app.js';
import { openRedis, startRedis } from './support/redis-under-test.js';
import { uniquePrefix } from './support/test-node.js';
import { Visitor } from './support/visitor.js';

const DAY = 24 * 3600;
const MONTH = 30 * DAY;
const REMEMBERED = { persistent: true, idleSeconds: MONTH, absoluteSeconds: 6 * MONTH };

@Controller()
class SignInController {
  constructor(private readonly sessions: Sessions) {}

  @Post('sign-in')
  async signIn(
    @Req() request: Request,
    @Body() { id, ...options }: { id: string } & SignInOptions,
  ): Promise<void> {
    await this.sessions.signIn(request, (data) => Object.assign(data, { user: { id } }), options);
  }
}

/** What the browser is told of the cookie; the time of its end in ms from now. */
function cookieOf(headers: Headers): { count: number; endsIn?: number } {
  const cookies = headers.getSetCookie();
  const [, expires] = /Expires=([^;]+)/.exec(cookies[0] ?? '') ?? [];
  return {
    count: cookies.length,
    ...(expires !== undefined && { endsIn: Date.parse(expires) - Date.now() }),
  };
}

describe('a session with limits of its own', () => {
  let redis: RedisClientType;
  let a: PlainApp;
  let b: PlainApp;
  const prefix = uniquePrefix();

  beforeAll(async () => {
    const url = await startRedis();
    redis = await openRedis(url);
    const options = { prefix, idleSeconds: 2, absoluteSeconds: 60 };
    [a, b] = await Promise.all([
      startPlainApp(url, options, [SignInController]),
      startPlainApp(url, options, [SignInController]),
    ]);
  });

  const signIn = (visitor: Visitor, id: string, options: SignInOptions = {}) =>
    visitor.post('/sign-in', { id, ...options });
  const leftMs = ({ handle }: Visitor) => redis.pTTL(`${prefix}sess:{${handle}}`);
  const nearly = (seconds: number) => {
    const ms = seconds * 1000;
    return { low: ms - 60_000, high: ms };
  };

  it('outlives the application’s idle timeout, on sockets of another node too', async () => {
    const [remembered, usual] = [new Visitor(a), new Visitor(a)];
    await Promise.all([signIn(remembered, 'ada', REMEMBERED), signIn(usual, 'grace')]);
    const [socket, other] = await Promise.all([remembered.connect(b), usual.connect(b)]);

    expect(await other.ended()).toBe('expired');

    const answer = await socket.ask('count', 1);
    expect(answer).toEqual({ ok: true, data: 1 });
    expect(socket.unread).toEqual([]);
    expect(await leftMs(remembered)).toBeGreaterThan(nearly(MONTH).low);
    expect((await remembered.get('/me', b)).body).toMatchObject({ user: { id: 'ada' } });
  });

  it('is prolonged by its own idle timeout: by requests, by events and when somebody asks', async () => {
    const visitor = new Visitor(a);
    await signIn(visitor, 'alan', REMEMBERED);
    const socket = await visitor.connect(b);
    const record = `${prefix}sess:{${visitor.handle}}`;
    const link = b.app.get(SessionLinks, { strict: false }).get(visitor.handle);
    const prolongations = [
      () => visitor.get('/me'),
      async () => {
        await eventually(() => Number(link?.storedUntil) < Date.now() + 30_000);
        await socket.ask('count', 1);
      },
      () => socket.ask('session:extend'),
    ];

    for (const prolong of prolongations) {
      await redis.pExpire(record, 20_000);
      await prolong();

      await eventually(async () => (await leftMs(visitor)) > nearly(MONTH).low);
      expect(await leftMs(visitor)).toBeLessThanOrEqual(nearly(MONTH).high);
    }
  });

  it('ends at its own absolute end, however active its sockets are', async () => {
    const visitor = new Visitor(a);
    await signIn(visitor, 'edsger', { absoluteSeconds: 1 });
    const socket = await visitor.connect(b);
    let ended: unknown;
    void socket.next('session:ended').then((message) => (ended = message));

    while (!ended) {
      await socket.ask('session:extend').catch(() => undefined);
      await pause(50);
    }

    expect(ended).toMatchObject({ reason: 'expired', reconnect: 'after-login' });
    expect((await visitor.get('/me')).body).toEqual({});
  });

  it('says when it ends, and when it was last seen', async () => {
    const visitor = new Visitor(a);
    await signIn(visitor, 'barbara', REMEMBERED);

    const { body } = await visitor.get<{ idleExpiresAt: string; absoluteExpiresAt: string }>(
      '/session',
    );
    const [info] = await b.app.get(Sessions).list({ kind: 'user', id: 'barbara' });

    const inMs = (time: string) => Date.parse(time) - Date.now();
    expect(inMs(body.idleExpiresAt)).toBeGreaterThan(nearly(MONTH).low);
    expect(inMs(body.absoluteExpiresAt)).toBeGreaterThan(nearly(6 * MONTH).low);
    expect(Math.abs(Date.now() - (info?.lastSeenAt ?? 0))).toBeLessThan(30_000);
  });

  it('has its sockets counted for as long as it lives, whatever others do', async () => {
    const [visitor, usual] = [new Visitor(a), new Visitor(a)];
    await signIn(visitor, 'ada-lovelace', REMEMBERED);
    await signIn(usual, 'ada-lovelace');
    await visitor.connect(b);
    const sockets = a.app.get(SessionKeys).socketsOf({ kind: 'user', id: 'ada-lovelace' });
    await eventually(async () => (await redis.hLen(sockets)) === 1);

    await usual.connect(b);

    await eventually(async () => (await redis.hLen(sockets)) === 2);
    expect(await redis.pTTL(sockets)).toBeGreaterThan(nearly(6 * MONTH).low);
  });

  it('hands no limits on to the session that replaces it, unless it is told to', async () => {
    const [again, rotated, kept] = [new Visitor(a), new Visitor(a), new Visitor(a)];
    const visitors = [again, rotated, kept];
    await Promise.all(
      visitors.map((each, index) => signIn(each, `keeper-${String(index)}`, REMEMBERED)),
    );

    await signIn(again, 'keeper-0');
    await rotated.post('/login');
    const { headers } = await signIn(kept, 'keeper-2', { keepTerms: true });

    expect(await leftMs(again)).toBeLessThanOrEqual(2000);
    expect(await leftMs(rotated)).toBeLessThanOrEqual(2000);
    expect(await leftMs(kept)).toBeGreaterThan(nearly(MONTH).low);
    expect(cookieOf(headers).endsIn).toBeGreaterThan(nearly(MONTH).low);
  });

  it('hands none on to somebody else', async () => {
    const visitor = new Visitor(a);
    await signIn(visitor, 'grace', REMEMBERED);

    const { headers } = await signIn(visitor, 'mallory', { keepTerms: true });

    expect(await leftMs(visitor)).toBeLessThanOrEqual(2000);
    expect(cookieOf(headers)).toEqual({ count: 1 });
  });

  it('may be a guest’s before, who is remembered from then on', async () => {
    const visitor = await new Visitor(a).arrive();
    const guest = visitor.handle;

    const { headers } = await signIn(visitor, 'katherine', REMEMBERED);

    expect(visitor.handle).not.toBe(guest);
    expect(await leftMs(visitor)).toBeGreaterThan(nearly(MONTH).low);
    expect(cookieOf(headers).endsIn).toBeGreaterThan(nearly(MONTH).low);
  });

  it.each<[string, object]>([
    ['a text for a time', { idleSeconds: '60' }],
    ['no time at all', { idleSeconds: 0 }],
    ['a time without end', { absoluteSeconds: Infinity }],
    ['an idle timeout above the absolute lifetime', { idleSeconds: 61 }],
    ['a text for a choice', { persistent: 'yes' }],
    ['what contradicts itself', { keepTerms: true, persistent: true }],
  ])('is refused with %s, before anything has changed', async (_, options) => {
    const visitor = new Visitor(a);
    await signIn(visitor, 'ada');
    const { cookie } = visitor;

    const { status } = await signIn(visitor, 'ada', options);

    expect(status).toBe(500);
    expect(visitor.cookie).toBe(cookie);
    expect((await visitor.get('/me')).body).toMatchObject({ user: { id: 'ada' } });
  });

  it.each<[string, unknown]>([
    ['a text', 'forever'],
    ['texts for times', { idleMs: '1', absoluteMs: 'x' }],
    ['times that are none', { idleMs: -1, absoluteMs: 1e300 }],
  ])('has the application’s, where application code has written %s there', async (_, limits) => {
    const visitor = new Visitor(a);
    await signIn(visitor, 'forger');
    const socket = await visitor.connect(b);
    const sessions = a.app.get(Sessions);

    await sessions.update(visitor.handle, (data) => {
      data.sharedSession = { ...data.sharedSession, limits: limits as object };
    });

    expect(await socket.ask('session:extend')).toMatchObject({ ok: true });
    expect((await visitor.get('/me')).body).toMatchObject({ user: { id: 'forger' } });
    expect(await leftMs(visitor)).toBeLessThanOrEqual(2000);
    expect(await sessions.list({ kind: 'user', id: 'forger' })).not.toEqual([]);
  });

  it('takes no function where the options belong, as it did once: a check would be lost', async () => {
    const sessions = a.app.get(Sessions);
    const confirm = () => Promise.resolve();

    const signIn = sessions.signIn({} as Request, () => undefined, confirm as SignInOptions);

    await expect(signIn).rejects.toThrow('`confirm` is one of the options');
  });
});

describe('the cookie of a session', () => {
  let usual: PlainApp;
  let lasting: PlainApp;

  beforeAll(async () => {
    const url = await startRedis();
    usual = await startPlainApp(url, { prefix: uniquePrefix() }, [SignInController]);
    const options = { prefix: uniquePrefix(), cookie: { maxAge: DAY * 1000 } };
    lasting = await startPlainApp(url, options, [SignInController]);
  });

  const cookieAfter = async (app: PlainApp, options: SignInOptions) => {
    const { headers } = await new Visitor(app).post('/sign-in', { id: 'ada', ...options });
    return cookieOf(headers);
  };

  it('is the browser’s until it closes, or for as long as the option says', async () => {
    expect(await cookieAfter(usual, {})).toEqual({ count: 1 });
    const { endsIn } = await cookieAfter(lasting, {});

    expect(endsIn).toBeGreaterThan(DAY * 1000 - 60_000);
    expect(endsIn).toBeLessThanOrEqual(DAY * 1000);
  });

  it('is kept for as long as its session lives, if that is persistent', async () => {
    const options = { persistent: true, idleSeconds: 3600 };

    for (const app of [usual, lasting]) {
      const { count, endsIn } = await cookieAfter(app, options);
      expect(count).toBe(1);
      expect(endsIn).toBeGreaterThan(3_540_000);
      expect(endsIn).toBeLessThanOrEqual(3_600_000);
    }
  });

  it('is the browser’s until it closes, whatever the option says, if its session is not', async () => {
    expect(await cookieAfter(lasting, { persistent: false })).toEqual({ count: 1 });
  });
});
