import 'reflect-metadata';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { Body, Controller, Get, Header, Post, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import {
  CurrentSession,
  type Session,
  Sessions,
  type SignInOptions,
} from '../src/shared-session/index.js';
import { CommandLog } from './support/command-log.js';
import { type PlainApp, startPlainApp } from './support/plain-app.js';
import { startRedis } from './support/redis-under-test.js';
import { uniquePrefix } from './support/test-node.js';
import { Visitor } from './support/visitor.js';

const HOUR_MS = 3_600_000;
const MONTH_MS = 30 * 24 * HOUR_MS;
const REMEMBERED = {
  persistent: true,
  idleSeconds: MONTH_MS / 1000,
  absoluteSeconds: (6 * MONTH_MS) / 1000,
};

@Controller()
class RememberingController {
  constructor(private readonly sessions: Sessions) {}

  @Post('sign-in')
  async signIn(@Req() request: Request, @Body() options: SignInOptions): Promise<void> {
    const user = { id: 'ada' };
    await this.sessions.signIn(request, (data) => Object.assign(data, { user }), options);
  }

  @Post('sign-out')
  async signOut(@Req() request: Request): Promise<void> {
    await this.sessions.signOut(request);
  }

  @Get('streamed')
  streamed(@Res() response: Response): void {
    response.write('part');
    response.end('rest');
  }

  @Get('for-all')
  @Header('Cache-Control', 'public, max-age=60')
  forAll(): string {
    return 'for all';
  }

  @Get('for-all-at-once')
  forAllAtOnce(@Res() response: Response): void {
    response.writeHead(200, { 'Cache-Control': 'public' }).end();
  }

  @Get('for-one')
  @Header('Cache-Control', 'private, max-age=60')
  forOne(): string {
    return 'for one';
  }

  @Get('ends')
  async ends(@CurrentSession() session: Session): Promise<string> {
    await this.sessions.end(session.handle);
    return 'done';
  }

  @Post('unsavable')
  unsavable(@Req() request: Request): void {
    Object.assign(request.session, { count: 1n });
  }
}

/** What a browser is told of its cookies; the time of the first one's end in ms from now. */
function cookiesIn({ headers }: { headers: Headers }): { count: number; endsIn: number } {
  const cookies = headers.getSetCookie();
  const [, expires = ''] = /Expires=([^;]+)/.exec(cookies[0] ?? '') ?? [];
  return { count: cookies.length, endsIn: Date.parse(expires) - Date.now() };
}

describe('the cookie of a persistent session', () => {
  let app: PlainApp;
  let redisUrl: string;

  beforeAll(async () => {
    redisUrl = await startRedis();
    app = await startPlainApp(redisUrl, { prefix: uniquePrefix() }, [RememberingController]);
  });

  async function signedIn(options: SignInOptions = REMEMBERED): Promise<Visitor> {
    const visitor = new Visitor(app);
    await visitor.post('/sign-in', options);
    return visitor;
  }

  /** As if a session had started, and its cookie had been sent, so long ago. */
  async function age({ handle }: Visitor, startedMs: number, sentMs = startedMs): Promise<void> {
    await app.app.get(Sessions).update(handle, (data) => {
      const { startedAt = 0, cookieSentAt, ...own } = data.sharedSession ?? {};
      data.sharedSession = { ...own, startedAt: startedAt - startedMs };
      if (cookieSentAt !== undefined)
        data.sharedSession = { ...data.sharedSession, cookieSentAt: cookieSentAt - sentMs };
    });
  }

  /** Signed in two hours ago. */
  async function returning(options?: SignInOptions): Promise<Visitor> {
    const visitor = await signedIn(options);
    await age(visitor, 2 * HOUR_MS);
    return visitor;
  }

  it('is sent again once an hour, to live for as long as its session does', async () => {
    const visitor = await returning();

    const { count, endsIn } = cookiesIn(await visitor.get('/me'));

    expect(count).toBe(1);
    expect(endsIn).toBeGreaterThan(MONTH_MS - 60_000);
    expect(endsIn).toBeLessThanOrEqual(MONTH_MS);
    expect(cookiesIn(await visitor.get('/me')).count).toBe(0);
    expect((await visitor.get('/me')).body).toEqual({ user: { id: 'ada' } });
  });

  it('is sent again after a tenth of an idle timeout that is short', async () => {
    const visitor = await signedIn({ persistent: true, idleSeconds: 600 });
    expect(cookiesIn(await visitor.get('/me')).count).toBe(0);

    await age(visitor, 61_000);

    expect(cookiesIn(await visitor.get('/me')).endsIn).toBeGreaterThan(590_000);
  });

  it('lives no longer than its session, near the absolute end', async () => {
    const visitor = await signedIn();
    await age(visitor, 6 * MONTH_MS - HOUR_MS);

    const { endsIn } = cookiesIn(await visitor.get('/me'));

    expect(endsIn).toBeGreaterThan(HOUR_MS - 60_000);
    expect(endsIn).toBeLessThanOrEqual(HOUR_MS);
  });

  it('costs no command while it is not due', async () => {
    const log = await CommandLog.of(redisUrl);
    const commandsOf = async (visitor: Visitor) => {
      const lines = await log.during(() => visitor.get('/me'));
      return lines.filter((line) => !line.includes(' lua]')).length;
    };

    expect(await commandsOf(await signedIn())).toBe(await commandsOf(await signedIn({})));
  });

  it.each([['/streamed'], ['/for-one'], ['/nowhere']])(
    'is sent, once, with the answer of %s',
    async (path) => {
      const visitor = await returning();

      expect(cookiesIn(await visitor.get(path)).count).toBe(1);
      expect(cookiesIn(await visitor.get(path)).count).toBe(0);
    },
  );

  it.each([['/for-all'], ['/for-all-at-once']])(
    'is not sent where a cache may keep the answer: %s',
    async (path) => {
      const visitor = await returning();

      expect(cookiesIn(await visitor.get(path)).count).toBe(0);
      expect(cookiesIn(await visitor.get('/me')).count).toBe(1);
    },
  );

  it('is taken out, and not sent, by the answer that signs out', async () => {
    const visitor = await returning();

    const { count, endsIn } = cookiesIn(await visitor.post('/sign-out'));

    expect(count).toBe(1);
    expect(endsIn).toBeLessThan(0);
  });

  it('is the new session’s where a sign-in replaces it', async () => {
    const visitor = await returning();
    const { cookie } = visitor;

    const { count } = cookiesIn(await visitor.post('/sign-in', REMEMBERED));

    expect(count).toBe(1);
    expect(visitor.cookie).not.toBe(cookie);
  });

  it('is not renewed where its session has ended meanwhile, and the answer stands', async () => {
    const visitor = await returning();

    const answer = await visitor.get('/ends');

    expect(answer).toMatchObject({ status: 200, body: 'done' });
    expect(cookiesIn(answer).count).toBe(0);
  });

  it('does not hide that its session cannot be saved', async () => {
    const visitor = await returning();

    expect((await visitor.post('/unsavable')).status).toBe(500);
  });

  it('is no obstacle to a handshake, which sends none', async () => {
    const visitor = await returning();

    await visitor.connect();

    expect(cookiesIn(await visitor.get('/me')).count).toBe(1);
  });

  it('is the only one that is sent again', async () => {
    const options = { prefix: uniquePrefix(), cookie: { maxAge: MONTH_MS } };
    const lasting = await startPlainApp(redisUrl, options, [RememberingController]);
    const visitor = new Visitor(lasting);
    await visitor.post('/sign-in', {});
    const others = [visitor, await returning({}), await returning({ persistent: false })];

    for (const each of others) expect(cookiesIn(await each.get('/me')).count).toBe(0);
  });
});
