import { afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Controller, Get, Module, Res, Sse } from '@nestjs/common';
import type { Response } from 'express';
import { BehaviorSubject, type Observable } from 'rxjs';
import {
  CurrentSession,
  type Session,
  SessionLinks,
  Sessions,
  SignedIn,
} from '../src/shared-session/index.js';
import { SessionSignals } from '../src/shared-session/signals/session-signals.js';
import { SessionKeys } from '../src/shared-session/store/session-keys.js';
import { eventually } from '../src/testing/eventually.js';
import { startNodes, type TestNode, Visitor } from '../src/testing/index.js';
import { stopAfterwards } from './support/cleanup.js';
import { openRedis, startRedis } from './support/redis-under-test.js';
import { sharedSession } from './support/shared-session.js';
import { Stream } from './support/stream.js';
import { uniquePrefix } from './support/test-node.js';

/** Whoever opens a stream is told the latest, and so knows that it misses nothing from then on. */
const news = new BehaviorSubject({ data: 'none yet' });
/** What became of what was written too late. */
const late: unknown[] = [];

@Controller()
class NewsController {
  @Sse('news')
  @SignedIn()
  news(): Observable<{ data: string }> {
    return news;
  }

  /** Writes when it has ended. */
  @Get('late')
  @SignedIn()
  late(@CurrentSession() { signal }: Session, @Res() response: Response): void {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    response.write('data: in time\n\n');
    signal.addEventListener('abort', () => {
      // When all that hold the session have been told.
      setImmediate(() => {
        response.write('data: too late\n\n', (error) => late.push(error ?? 'taken'));
      });
    });
  }

  /** A stream that is none of Nest's. */
  @Get('raw')
  @SignedIn()
  raw(@Res() response: Response): void {
    response.writeHead(200, { 'Content-Type': 'text/event-stream; charset=utf-8' });
    response.write('data: raw\n\n');
    const subscription = news.subscribe(({ data }) => response.write(`data: ${data}\n\n`));
    response.on('close', () => {
      subscription.unsubscribe();
    });
  }
}

/** What a stream is told last. */
function lastEvent(text: string): unknown {
  const [, data] = /\n\n(?:retry: \d+\n)?event: session:ended\ndata: (.*)\n\n$/.exec(text) ?? [];
  return data === undefined ? undefined : JSON.parse(data);
}

describe('a stream of server-sent events', () => {
  const prefix = uniquePrefix();
  let redisUrl: string;
  let a: TestNode;
  let b: TestNode;

  const start = async <const N extends number>(count: N, idleSeconds = 1800) => {
    const started = await startNodes(
      (redis) => {
        @Module({
          imports: [sharedSession(redis, { prefix, idleSeconds })],
          controllers: [NewsController],
        })
        class NewsModule {}
        return NewsModule;
      },
      count,
      { redisUrl },
    );
    stopAfterwards(started.stop);
    return started.nodes;
  };

  beforeAll(async () => {
    redisUrl = await startRedis();
    [a, b] = await start(2);
  });

  afterEach(() => {
    jest.restoreAllMocks();
  });

  const open = async (path: string, node = a) => {
    const visitor = await new Visitor(node).loginAs({ id: 'ada' });
    const stream = new Stream(node, path, visitor);
    const sessions = b.app.get(Sessions, { strict: false });
    return { visitor, stream, end: () => sessions.end(visitor.handle) };
  };
  const linkOf = (visitor: Visitor, { app } = a) =>
    app.get(SessionLinks, { strict: false }).get(visitor.handle);

  it.each(['/news', '/raw'])('%s ends with its session, and is told why', async (path) => {
    const { stream, end } = await open(path);
    news.next({ data: 'before' });
    expect(await stream.brings('before')).toBe(true);

    await end();
    news.next({ data: 'after' });

    const text = await stream.rest();
    expect(lastEvent(text)).toEqual({ reason: 'revoked', reconnect: 'after-login' });
    // The signal may come after what was sent in the same moment, and nothing after the signal.
    expect(text).toMatch(/session:ended\ndata: .*\n\n$/);
  });

  it('takes what is written after its last event, and sends none of it', async () => {
    const { stream, end } = await open('/late');
    expect(await stream.brings('in time')).toBe(true);

    await end();

    expect(await stream.rest()).not.toContain('too late');
    await eventually(() => late.length > 0);
    expect(late).toEqual(['taken']);
  });

  it('ends when its session is over while it opens', async () => {
    const signals = a.app.get(SessionSignals, { strict: false });
    jest.spyOn(signals, 'follow').mockImplementation(() => undefined);
    const { stream, end } = await open('/news');
    jest.spyOn(signals, 'inForce').mockImplementation(end);

    expect(lastEvent(await stream.rest())).toMatchObject({ reason: 'revoked' });
  });

  it('ends when its record is gone, though nobody said so', async () => {
    const { visitor, stream } = await open('/news');
    expect(await stream.brings('data')).toBe(true);
    const redis = await openRedis(redisUrl);
    await redis.del(a.app.get(SessionKeys, { strict: false }).record(visitor.handle));

    expect(lastEvent(await stream.rest())).toMatchObject({ reason: 'revoked' });
  });

  it('brings nothing where its node does not hear of the session', async () => {
    const { stream } = await open('/news');
    expect(await stream.brings('data')).toBe(true);
    const signals = a.app.get(SessionSignals, { strict: false });
    jest.spyOn(signals, 'isDeafTo').mockReturnValue(true);

    news.next({ data: 'for nobody' });

    const text = await stream.rest();
    expect(text).not.toContain('for nobody');
    expect(text).toMatch(/\n\nretry: \d+\nevent: session:ended\n/);
    expect(lastEvent(text)).toMatchObject({ reason: 'draining', reconnect: 'now' });
  });

  it('is no activity of its session', async () => {
    const [node] = await start(1, 1);
    const { stream } = await open('/news', node);
    const timer = setInterval(() => {
      news.next({ data: 'tick' });
    }, 50);

    const text = await stream.rest();

    clearInterval(timer);
    expect(lastEvent(text)).toMatchObject({ reason: 'expired' });
  });

  it('ends when its node shuts down, and its client comes back', async () => {
    const [node] = await start(1);
    const { stream } = await open('/news', node);
    expect(await stream.brings('data')).toBe(true);

    await node.app.close();

    expect(lastEvent(await stream.rest())).toMatchObject({
      reason: 'draining',
      reconnect: 'now',
    });
  });

  it('is let go of when its client has closed it', async () => {
    const { visitor, stream } = await open('/news');
    expect(await stream.brings('data')).toBe(true);
    await eventually(() => linkOf(visitor) !== undefined);

    stream.close();

    await eventually(() => linkOf(visitor) === undefined);
  });
});
