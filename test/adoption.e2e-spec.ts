import 'reflect-metadata';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Get, Module, Post, Req, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import type { INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import express, { type ErrorRequestHandler, type Request, type RequestHandler } from 'express';
import type { RedisClientType } from 'redis';
import {
  SessionIoAdapter,
  Sessions,
  type SharedSessionModuleOptions,
} from '../src/shared-session/index.js';
import { type NodesOptions, startNodes, type TestNodes, Visitor } from '../src/testing/index.js';
import { stopAfterwards } from './support/cleanup.js';
import { eventually } from '../src/testing/eventually.js';
import { openRedis, startRedis } from './support/redis-under-test.js';
import { sharedSession } from './support/shared-session.js';

@Controller()
class AppController {
  constructor(private readonly sessions: Sessions) {}

  @Post('login')
  login(@Req() request: Request): void {
    Object.assign(request.session, { user: { id: 'ada' } });
  }

  @Post('logout')
  async logout(@Req() request: Request): Promise<void> {
    await this.sessions.signOut(request);
  }

  @Get('seen')
  seen(@Req() request: Request & { seen?: unknown }): { seen: unknown } {
    return { seen: request.seen ?? null };
  }

  @Get('live')
  live(@Req() request: Request): { hasSession: boolean } {
    return { hasSession: 'session' in request };
  }
}

/** Middleware of an application that needs the session, as Passport's does. */
const lookAtSession: RequestHandler = (request, _, next) => {
  const { session } = request as unknown as { session?: { user?: { id: string } } };
  Object.assign(request, { seen: session?.user?.id });
  next();
};

describe('an application', () => {
  let redisUrl: string;
  let redis: RedisClientType;

  beforeAll(async () => {
    redisUrl = await startRedis();
    redis = await openRedis(redisUrl);
  });

  function moduleWith(options: Partial<SharedSessionModuleOptions> = {}, redis = redisUrl): Type {
    @Module({
      imports: [sharedSession(redis, options)],
      controllers: [AppController],
    })
    class App {}
    return App;
  }

  /** An application that runs as adopters' tests have it. */
  async function start(
    options: Partial<SharedSessionModuleOptions> = {},
    configure: NodesOptions['configure'] = () => undefined,
  ): Promise<TestNodes<1>> {
    const settings = { redisUrl, configure };
    const started = await startNodes((url) => moduleWith(options, url), 1, settings);
    stopAfterwards(started.stop);
    return started;
  }

  async function visit(...how: Parameters<typeof start>): Promise<Visitor> {
    const { nodes } = await start(...how);
    return new Visitor(nodes[0]);
  }

  /**
   * For applications that `startNodes()` does not create: on a server that is there before, from a testing module, or
   * one that has to close by itself whatever the module has opened.
   */
  async function listen(app: INestApplication): Promise<Visitor> {
    app.useWebSocketAdapter(new SessionIoAdapter(app));
    await app.listen(0, '127.0.0.1');
    stopAfterwards(() => app.close());
    return new Visitor({ url: await app.getUrl() });
  }

  async function seenAfterLogin(visitor: Visitor): Promise<unknown> {
    await visitor.post('/login');
    const { body } = await visitor.get<{ seen: unknown }>('/seen');
    return body.seen;
  }

  describe('that adds middleware with app.use()', () => {
    it('finds the session there', async () => {
      const visitor = await visit({}, (app) => app.use(lookAtSession));

      expect(await seenAfterLogin(visitor)).toBe('ada');
    });

    it('finds it there in a testing module', async () => {
      const built = await Test.createTestingModule({ imports: [moduleWith()] }).compile();
      const app = built.createNestApplication({ logger: false });
      app.use(lookAtSession);

      expect(await seenAfterLogin(await listen(app))).toBe('ada');
    });

    it('finds the session’s own failure in an error handler, past other middleware', async () => {
      const mark: RequestHandler = (_, response, next) => {
        response.setHeader('x-mark', 'middleware');
        next();
      };
      const markError: ErrorRequestHandler = (error, _, response, next) => {
        response.setHeader('x-mark', 'error handler');
        next(error);
      };
      const { nodes, redis: link } = await start({}, (app) => app.use(mark, markError));
      const visitor = new Visitor(nodes[0]);
      const before = await visitor.post('/login');
      link.cut();

      const after = await visitor.get('/seen');

      expect(before.headers.get('x-mark')).toBe('middleware');
      expect(after.headers.get('x-mark')).toBe('error handler');
    });

    it('does not start if that is in front of the session', async () => {
      const server = express();
      server.use(lookAtSession);
      const options = { logger: false, abortOnError: false } as const;
      const app = await NestFactory.create(moduleWith(), new ExpressAdapter(server), options);

      const start = app.init();

      await expect(start).rejects.toThrow(
        'The session is not there for middleware in front of it: lookAtSession.',
      );
      await app.close();
    });

    it('does not find it there where the session is for routes alone', async () => {
      const server = express();
      server.use(lookAtSession);
      const app = await NestFactory.create(
        moduleWith({ sessionFor: 'routes' }),
        new ExpressAdapter(server),
        { logger: false },
      );
      app.use(lookAtSession);

      expect(await seenAfterLogin(await listen(app))).toBeNull();
    });
  });

  it.each(['everything', 'routes'] as const)(
    'has no session on the paths that it lists, with the session for %s',
    async (sessionFor) => {
      const visitor = await visit({ sessionFor, withoutSession: ['/live', '/files/*path'] });

      expect((await visitor.get('/live')).body).toEqual({ hasSession: false });
      expect((await visitor.get('/seen')).status).toBe(200);
    },
  );

  it('sends its cookie with the attributes that it was given, and takes it back with the same', async () => {
    const cookie = { domain: 'shop.example', secure: true, partitioned: true } as const;
    const visitor = await visit({ cookie: { ...cookie, sameSite: 'none' } }, (app) =>
      app.set('trust proxy', 'loopback'),
    );
    const headers = { 'x-forwarded-proto': 'https' };

    for (const path of ['/login', '/logout']) {
      const answer = await visitor.request('POST', path, { headers });
      const attributes = answer.headers.get('set-cookie')?.split('; ');
      expect(attributes).toEqual(
        expect.arrayContaining(['Domain=shop.example', 'Secure', 'SameSite=None', 'Partitioned']),
      );
    }
  });

  it('leaves nothing open that the module opened, however often it is made anew', async () => {
    const connections = async () => (await redis.clientList()).length;
    const resources = () => process.getActiveResourcesInfo().filter((name) => name !== 'Timeout');
    const before = { connections: await connections(), resources: resources().length };

    for (let round = 0; round < 3; round += 1) {
      const app = await NestFactory.create(moduleWith(), { logger: false });
      await listen(app);
      expect(await connections()).toBe(before.connections + 3);
      await app.close();
      await eventually(async () => (await connections()) === before.connections);
    }

    await eventually(() => resources().length <= before.resources);
  });

  it('says which option it is, if Redis is not where the address says', async () => {
    const options = { redis: 'redis://:hunter2@127.0.0.1:1' };

    const error: unknown = await visit(options).catch((thrown: unknown) => thrown);

    expect(String(error)).toContain('Redis did not answer');
    expect(String(error)).not.toContain('hunter2');
  });
});
