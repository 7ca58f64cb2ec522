import { Controller, Post, Req, Res } from '@nestjs/common';
import { beforeAll, describe, expect, it } from '@jest/globals';
import type { Request, Response } from 'express';
import type { RedisClientType } from 'redis';
import { SessionStore } from '../src/shared-session/store/session.store.js';
import { type PlainApp, startPlainApp } from './support/plain-app.js';
import { openRedis, startRedis } from './support/redis-under-test.js';
import { uniquePrefix } from './support/test-node.js';
import { Visitor } from './support/visitor.js';

const change = ({ session }: Request) => Object.assign(session, { theme: String(Math.random()) });

/** Whether headers were flushed after an answer, and nothing was thrown. */
let flushed = false;

/** Answers in the ways that Express's users know, after the session was changed. */
@Controller('answers')
class AnswersController {
  @Post('json-and-end')
  jsonAndEnd(@Req() request: Request, @Res() response: Response): void {
    change(request);
    response.json({ first: true }).end();
  }

  @Post('end-twice')
  endTwice(@Req() request: Request, @Res() response: Response): void {
    change(request);
    response.end('first');
    response.end();
  }

  @Post('json-twice')
  jsonTwice(@Req() request: Request, @Res() response: Response): void {
    change(request);
    response.json({ first: true });
    response.status(418).json({ second: true });
  }

  @Post('end-and-throw')
  endAndThrow(@Req() request: Request, @Res() response: Response): void {
    change(request);
    response.json({ first: true });
    throw new Error('too late to matter');
  }

  @Post('end-and-flush')
  endAndFlush(@Req() request: Request, @Res() response: Response): void {
    change(request);
    response.json({ first: true });
    response.flushHeaders();
    flushed = true;
  }

  @Post('unchanged-and-throw')
  unchangedAndThrow(@Res() response: Response): void {
    response.json({ first: true });
    throw new Error('too late to matter');
  }

  @Post('file')
  file(@Req() request: Request, @Res() response: Response): void {
    change(request);
    response.set({ 'Content-Disposition': 'attachment', ETag: '"1"' }).end('of no use');
  }

  @Post('big')
  big(@Req() request: Request): object {
    Object.assign(request.session, { big: 1n });
    return { first: true };
  }

  @Post('no-chunk')
  noChunk(@Req() request: Request, @Res() response: Response): void {
    change(request);
    response.end({} as string);
  }

  @Post('bogus-id')
  bogusId(@Req() request: Request): object {
    change(request);
    Object.assign(request, { sessionID: 42 });
    return { first: true };
  }
}

describe('an answer that waits until its session is saved', () => {
  const prefix = uniquePrefix();
  let app: PlainApp;
  let redis: RedisClientType;

  beforeAll(async () => {
    const redisUrl = await startRedis();
    redis = await openRedis(redisUrl);
    app = await startPlainApp(redisUrl, { prefix }, [AnswersController]);
  });

  it.each(['json-and-end', 'json-twice', 'end-and-throw', 'unchanged-and-throw'])(
    'stands, whatever is done to the response afterwards: %s',
    async (way) => {
      const visitor = await new Visitor(app).arrive();

      const { status, body } = await visitor.post(`/answers/${way}`);

      expect([status, body]).toEqual([
        expect.any(Number),
        expect.objectContaining({ first: true }),
      ]);
      expect(status).toBeLessThan(300);
    },
  );

  it('has its headers flushed without an error, as one that has left', async () => {
    const visitor = await new Visitor(app).arrive();

    expect((await visitor.post('/answers/end-and-flush')).body).toMatchObject({ first: true });
    expect(flushed).toBe(true);
  });

  it('keeps its body if it is ended twice', async () => {
    const visitor = await new Visitor(app).arrive();

    expect((await visitor.post('/answers/end-twice')).body).toBe('first');
  });

  it('is replaced as a whole if the session could not be saved', async () => {
    const visitor = await new Visitor(app).arrive();
    const store = app.app.get(SessionStore, { strict: false });
    store.set = (_sid, _session, callback) => {
      callback?.(new Error('the disk is full'));
      return Promise.resolve();
    };

    const { status, headers, body } = await visitor.post('/answers/file');
    Reflect.deleteProperty(store, 'set');

    expect([status, body]).toEqual([500, { error: expect.objectContaining({ code: 'INTERNAL' }) }]);
    expect(headers.get('content-disposition')).toBeNull();
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('etag')).not.toBe('"1"');
  });

  it.each(['big', 'no-chunk'])(
    'is an error that the client is told of if it cannot be given: %s',
    async (way) => {
      const visitor = await new Visitor(app).arrive();

      const { status, body } = await visitor.post(`/answers/${way}`);

      expect([status, body]).toMatchObject([500, { error: { code: 'INTERNAL' } }]);
      expect((await visitor.get('/me')).status).toBe(200);
    },
  );

  it('leaves as it is, with nothing saved, if the session’s id is no id', async () => {
    const visitor = new Visitor(app);
    const before = await redis.keys(`${prefix}sess:*`);

    const { body } = await visitor.post('/answers/bogus-id');

    expect(body).toEqual({ first: true });
    expect(await redis.keys(`${prefix}sess:*`)).toHaveLength(before.length);
    expect(visitor.cookie).toBe('');
  });

  it('is not cut off if only its session could not be prolonged', async () => {
    const visitor = await new Visitor(app).arrive();
    const store = app.app.get(SessionStore, { strict: false });
    store.touch = (_sid, _session, callback) => {
      setImmediate(() => callback?.(new Error('Redis is away')));
      return Promise.resolve();
    };

    const { status, body } = await visitor.get('/me');
    Reflect.deleteProperty(store, 'touch');

    expect([status, body]).toEqual([200, {}]);
  });
});
