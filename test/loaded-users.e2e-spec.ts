import 'reflect-metadata';
import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Body, Controller, Get, Module, Post, Req, type Type } from '@nestjs/common';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import type { Request } from 'express';
import {
  CurrentUser,
  HttpErrorFilter,
  passportUser,
  Roles,
  Sessions,
  SignedIn,
} from '../src/shared-session/index.js';
import { startNodes, type TestNode } from '../src/testing/index.js';
import { stopAfterwards } from './support/cleanup.js';
import { startRedis } from './support/redis-under-test.js';
import { Visitor } from './support/visitor.js';
import { sharedSession } from './support/shared-session.js';

interface Account {
  id: string;
  roles: string[];
  passwordHash: string;
}

const database = new Map<string, Account>();
/** How often a user was asked for, and what happens then. */
let asked = 0;
let outage: Error | null = null;

/** Like Passport, once `deserializeUser()` was given a function. */
const passport = {
  deserializeUser(id: unknown, done: (error: unknown, user?: unknown) => void): void {
    asked += 1;
    if (outage) done(outage);
    else done(null, database.get(id as string) ?? false);
  },
};

@Controller()
class AppController {
  /** As `request.login()` of Passport does. */
  @Post('login')
  login(@Req() request: Request, @Body() { id }: { id: string }): void {
    Object.assign(request.session, { passport: { user: id } });
  }

  @Get('profile')
  @SignedIn()
  profile(@CurrentUser() user: Account): Account {
    return user;
  }
}

@WebSocketGateway()
@SignedIn()
class AppGateway {
  @SubscribeMessage('who')
  who(@CurrentUser() user: Account): Account {
    return user;
  }

  @SubscribeMessage('admin')
  @Roles('admin')
  admin(): string {
    return 'welcome';
  }
}

function moduleOf(redisUrl: string): Type {
  @Module({
    imports: [sharedSession(redisUrl, passportUser(passport))],
    controllers: [AppController],
    providers: [AppGateway],
  })
  class App {}
  return App;
}

describe('users whom the application loads', () => {
  let sessions: Sessions;
  let node: TestNode;
  let account: Account;
  let visitor: Visitor;

  beforeAll(async () => {
    const started = await startNodes(moduleOf, 1, {
      redisUrl: await startRedis(),
      configure: (app) => app.useGlobalFilters(new HttpErrorFilter()),
    });
    stopAfterwards(started.stop);
    [node] = started.nodes;
    sessions = node.app.get(Sessions);
  });

  beforeEach(async () => {
    outage = null;
    account = { id: crypto.randomUUID(), roles: ['admin'], passwordHash: 'secret' };
    database.set(account.id, account);
    visitor = new Visitor({ ...node, isPlain: true });
    await visitor.post('/login', { id: account.id });
  });

  const principal = () => ({ kind: 'user', id: account.id }) as const;

  it('are there with their roles, over HTTP and on sockets', async () => {
    const socket = await visitor.connect();

    expect((await visitor.get('/profile')).body).toEqual(account);
    expect(await socket.get('who')).toEqual(account);
    expect(await socket.get('admin')).toBe('welcome');
  });

  it('are told to the client by id and roles alone', async () => {
    const socket = visitor.socket();

    const { user } = await socket.ready<{ handle: string; node: string; user: unknown }>();

    expect(user).toEqual({ id: account.id, roles: ['admin'] });
  });

  it('are asked for once a handshake, and for no event', async () => {
    asked = 0;
    const socket = await visitor.connect();
    for (let sent = 0; sent < 10; sent += 1) await socket.get('admin');

    expect(asked).toBe(1);
  });

  it('are loaded again when the application says so: sockets follow', async () => {
    const socket = await visitor.connect();
    account.roles = ['customer'];

    await sessions.reloadUser(principal());

    expect(await socket.next('session:changed')).toMatchObject({ user: { roles: ['customer'] } });
    expect(await socket.ask('admin')).toMatchObject({ error: { code: 'FORBIDDEN' } });
  });

  it('are nobody when they are gone', async () => {
    const socket = await visitor.connect();
    database.delete(account.id);

    await sessions.reloadUser(principal());

    expect(await socket.next('session:ended')).toMatchObject({ reason: 'revoked' });
    expect((await visitor.get('/profile')).status).toBe(401);
  });

  it('are asked for again until they can be told', async () => {
    const socket = await visitor.connect();
    account.roles = ['customer'];
    outage = new Error('the database is away');

    await sessions.reloadUser(principal());
    const refused = visitor.socket();
    await expect(refused.ready()).rejects.toThrow();
    outage = null;

    expect(await socket.next('session:changed')).toMatchObject({ user: { roles: ['customer'] } });
  });

  it('are never somebody else', async () => {
    database.set(account.id, { ...account, id: 'somebody else' });

    await expect(visitor.socket().ready()).rejects.toThrow();
    expect((await visitor.get('/profile')).status).toBe(500);
  });
});
