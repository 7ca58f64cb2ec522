import 'reflect-metadata';
import { afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Body, Controller, Post, Req } from '@nestjs/common';
import type { Request } from 'express';
import { type SessionEvent, Sessions } from '../src/shared-session/index.js';
import { eventually } from '../src/testing/eventually.js';
import { listen } from './support/log-lines.js';
import { type PlainApp, startPlainApp } from './support/plain-app.js';
import { openRedis, startRedis } from './support/redis-under-test.js';
import { uniquePrefix } from './support/test-node.js';
import { Visitor } from './support/visitor.js';

@Controller()
class AccountController {
  constructor(private readonly sessions: Sessions) {}

  @Post('sign-in')
  async signIn(@Req() request: Request, @Body() user: { id: string }): Promise<void> {
    await this.sessions.signIn(request, (data) => Object.assign(data, { user }));
  }

  @Post('sign-out')
  async signOut(@Req() request: Request): Promise<void> {
    await this.sessions.signOut(request);
  }

  @Post('sign-out-others')
  async signOutOthers(@Req() request: Request): Promise<void> {
    await this.sessions.endOthers(request);
  }
}

describe('what happens to sessions', () => {
  const prefix = uniquePrefix();
  const told: SessionEvent[] = [];
  const elsewhere: SessionEvent[] = [];
  let url: string;
  let a: PlainApp;
  let b: PlainApp;

  beforeAll(async () => {
    url = await startRedis();
    const options = { prefix, maxSessions: 2, whenFull: 'refuse' } as const;
    [a, b] = await Promise.all([
      startPlainApp(url, options, [AccountController]),
      startPlainApp(url, options, [AccountController]),
    ]);
    a.app.get(Sessions).onEvent((event) => told.push(event));
    b.app.get(Sessions).onEvent((event) => elsewhere.push(event));
  });

  let id = 0;
  const user = () => ({ kind: 'user', id: `user-${String(id)}` });

  beforeEach(() => {
    id += 1;
    told.length = 0;
    elsewhere.length = 0;
  });

  afterEach(() => {
    jest.restoreAllMocks();
  });

  async function signedIn(): Promise<Visitor> {
    const visitor = new Visitor(a);
    await visitor.post('/sign-in', { id: user().id });
    return visitor;
  }

  /** What is told of the session that a visitor has, of this user. */
  const of = ({ handle }: { handle: string }) => ({
    handle,
    principal: user(),
    at: expect.any(Number),
  });

  it('is told on the node where it happens, once, and in Redis’ time', async () => {
    const visitor = await signedIn();
    await visitor.connect(b);

    expect(told).toEqual([{ type: 'started', ...of(visitor) }]);
    expect(elsewhere).toEqual([]);
    expect(Math.abs(Date.now() - Number(told[0]?.at))).toBeLessThan(60_000);
  });

  it.each<[string, string, (visitor: Visitor) => Promise<unknown>]>([
    ['signed-out', 'session', (visitor) => visitor.post('/sign-out')],
    ['signed-out', 'session', (visitor) => visitor.post('/logout')],
    ['revoked', 'application', ({ handle }) => a.app.get(Sessions).end(handle)],
    ['revoked', 'application', () => a.app.get(Sessions).endAll(user() as never)],
    [
      'revoked',
      'principal',
      ({ handle }) => a.app.get(Sessions).endByHandle(user() as never, handle),
    ],
  ])('says why a session ended, and who ended it: %s, %s', async (reason, by, end) => {
    const visitor = await signedIn();
    const { handle } = visitor;
    await visitor.connect(b);
    told.length = 0;

    await end(visitor);
    await a.app.get(Sessions).end(handle);

    expect(told).toEqual([{ type: 'ended', reason, by, ...of({ handle }) }]);
    expect(elsewhere).toEqual([]);
  });

  it('is told once where two nodes end a session at the same time', async () => {
    const visitors = await Promise.all(Array.from({ length: 10 }, () => new Visitor(a).arrive()));
    told.length = 0;

    const ends = visitors.flatMap(({ handle }) =>
      [a, b].map((each) => each.app.get(Sessions).end(handle)),
    );
    await Promise.all(ends);

    expect(told.length + elsewhere.length).toBe(10);
  });

  it('says that another session of the user’s ended one', async () => {
    const [here, there] = [await signedIn(), await signedIn()];
    told.length = 0;

    await here.post('/sign-out-others');

    expect(told).toEqual([{ type: 'ended', reason: 'revoked', by: 'principal', ...of(there) }]);
  });

  it('says what replaced a session', async () => {
    const visitor = await signedIn();
    const { handle } = visitor;
    told.length = 0;

    await visitor.post('/sign-in', { id: user().id });

    expect(told).toEqual([
      { type: 'started', ...of(visitor) },
      { type: 'replaced', by: 'session', next: visitor.handle, ...of({ handle }) },
    ]);
  });

  it('says that data have changed, and that somebody signed in on a session as it was', async () => {
    const visitor = await new Visitor(a).arrive();
    told.length = 0;

    await visitor.post('/count');
    await visitor.get('/me');
    await visitor.post('/become', { id: user().id });

    const { handle } = visitor;
    const principal = expect.objectContaining({ kind: 'guest' });
    expect(told).toEqual([
      { type: 'changed', ...of(visitor), principal },
      { type: 'started', ...of({ handle }) },
    ]);
  });

  it('says which sign-in was refused, and what became of its session', async () => {
    await signedIn();
    await signedIn();
    const third = await new Visitor(a).arrive();
    const { handle } = third;
    told.length = 0;

    await third.post('/sign-in', { id: user().id });

    expect(told).toEqual([
      { type: 'started', ...of({ handle: expect.any(String) as never }) },
      { type: 'refused', what: 'sign-in', code: 'TOO_MANY_SESSIONS', ...of({ handle }) },
      {
        type: 'ended',
        reason: 'revoked',
        by: 'node',
        ...of({ handle: expect.any(String) as never }),
      },
    ]);
  });

  it('says which handshake was refused', async () => {
    await new Visitor(a).socket().refused();

    const nobody = { handle: null, principal: null };
    const refused = { type: 'refused', what: 'handshake', code: 'UNAUTHENTICATED', ...nobody };
    expect(told).toEqual([{ ...refused, at: expect.any(Number) }]);
  });

  it('is told by one of the nodes that notice that a session is gone', async () => {
    const visitor = await signedIn();
    const [here, there] = [await visitor.connect(a), await visitor.connect(b)];
    told.length = 0;
    const redis = await openRedis(url);

    await redis.del(`${prefix}sess:{${visitor.handle}}`);
    await Promise.all([here.ended(), there.ended()]);

    await eventually(() => told.length + elsewhere.length > 0);
    expect([...told, ...elsewhere]).toEqual([
      { type: 'ended', reason: 'revoked', by: 'node', ...of(visitor) },
    ]);
  });

  it('is told of a session that has expired', async () => {
    const options = { prefix: uniquePrefix(), idleSeconds: 1 };
    const short = await startPlainApp(url, options, [AccountController]);
    const heard: SessionEvent[] = [];
    short.app.get(Sessions).onEvent((event) => heard.push(event));
    const visitor = new Visitor(short);
    await visitor.post('/sign-in', { id: user().id });

    await (await visitor.connect()).ended();

    await eventually(() => heard.length > 1);
    expect(heard[1]).toEqual({ type: 'ended', reason: 'expired', by: 'limit', ...of(visitor) });
  });

  it('is no session’s id, nor anything of its data', async () => {
    const visitor = await signedIn();
    const { sid } = visitor;
    await visitor.post('/count');
    await visitor.post('/sign-out');

    expect(sid).not.toBe('');
    for (const event of told) {
      expect(JSON.stringify(event)).not.toContain(sid);
      expect(JSON.stringify(event)).not.toContain('count');
    }
    expect(told).toHaveLength(3);
  });

  it.each<[string, () => unknown]>([
    [
      'throws',
      () => {
        throw new Error('full');
      },
    ],
    ['rejects', () => Promise.reject(new Error('full'))],
  ])('harms nothing where a listener %s, and the log says so', async (_, listener) => {
    const app = await startPlainApp(url, { prefix: uniquePrefix() }, [AccountController]);
    const errors = listen('error');
    const heard: SessionEvent[] = [];
    app.app.get(Sessions).onEvent(listener);
    app.app.get(Sessions).onEvent((event) => heard.push(event));
    const visitor = new Visitor(app);

    expect((await visitor.post('/sign-in', { id: 'ada' })).status).toBe(201);

    expect(heard).toHaveLength(1);
    expect(errors).toEqual([expect.stringContaining('"started"')]);
  });
});
