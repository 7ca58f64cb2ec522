import 'reflect-metadata';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { Body, Controller, Post, Req } from '@nestjs/common';
import type { Request } from 'express';
import { AnySession, Sessions } from '../src/shared-session/index.js';
import { type PlainApp, startPlainApp } from './support/plain-app.js';
import { startRedis } from './support/redis-under-test.js';
import { uniquePrefix } from './support/test-node.js';
import { Visitor } from './support/visitor.js';

@Controller()
class SignInController {
  constructor(private readonly sessions: Sessions) {}

  @Post('sign-in')
  async signIn(@Req() request: Request, @Body() user: { id: string }): Promise<void> {
    await this.sessions.signIn(request, (data) => Object.assign(data, { user }));
  }

  @Post('sign-out')
  @AnySession()
  async signOut(@Req() request: Request): Promise<void> {
    await this.sessions.signOut(request);
  }
}

describe('a user who may have two sessions', () => {
  let app: PlainApp;

  beforeAll(async () => {
    const options = { maxSessions: 2, whenFull: 'refuse', prefix: uniquePrefix() } as const;
    app = await startPlainApp(await startRedis(), options, [SignInController]);
  });

  const signIn = (visitor: Visitor, id: string) => visitor.post('/sign-in', { id });
  const isSignedIn = async (visitor: Visitor) => {
    const { body } = await visitor.get<{ user?: unknown }>('/me');
    return body.user !== undefined;
  };

  it('is refused a third, and nothing is changed by that', async () => {
    const [first, second, third] = [new Visitor(app), new Visitor(app), new Visitor(app)];
    await signIn(first, 'ada');
    await signIn(second, 'ada');

    const refused = await signIn(third, 'ada');

    expect(refused.status).toBe(409);
    expect(refused.body).toMatchObject({ error: { code: 'TOO_MANY_SESSIONS' } });
    expect(await Promise.all([first, second, third].map(isSignedIn))).toEqual([true, true, false]);
  });

  it('may sign in again where one is, and elsewhere when one is over', async () => {
    const [first, second, third] = [new Visitor(app), new Visitor(app), new Visitor(app)];
    await signIn(first, 'grace');
    await signIn(second, 'grace');

    expect((await signIn(second, 'grace')).status).toBe(201);
    await first.post('/sign-out');

    expect((await signIn(third, 'grace')).status).toBe(201);
  });

  it('has two at most, however many come at the same time', async () => {
    const visitors = Array.from({ length: 6 }, () => new Visitor(app));

    const answers = await Promise.all(visitors.map((visitor) => signIn(visitor, 'alan')));

    const statuses = answers.map(({ status }) => status).sort((one, other) => one - other);
    const signedIn = await Promise.all(visitors.map(isSignedIn));
    expect(signedIn.filter(Boolean)).toHaveLength(statuses.filter((each) => each === 201).length);
    expect(signedIn.filter(Boolean).length).toBeLessThanOrEqual(2);
  });
});
