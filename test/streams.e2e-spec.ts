import { beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, type MessageEvent, Module, Sse } from '@nestjs/common';
import { BehaviorSubject, concatMap, map, type Observable, takeWhile } from 'rxjs';
import { CurrentSession, type Session, Sessions, SignedIn } from '../src/shared-session/index.js';
import { startNodes, type TestNode, Visitor } from '../src/testing/index.js';
import { stopAfterwards } from './support/cleanup.js';
import { startRedis } from './support/redis-under-test.js';
import { sharedSession } from './support/shared-session.js';
import { uniquePrefix } from './support/test-node.js';

/** Whoever opens a stream is told the latest, and so knows that it misses nothing from then on. */
const news = new BehaviorSubject<MessageEvent>({ data: 'none yet' });

@Controller()
@SignedIn()
class NewsController {
  constructor(private readonly sessions: Sessions) {}

  @Sse('unwatched')
  unwatched(): Observable<MessageEvent> {
    return news;
  }

  @Sse('watched')
  watched(@CurrentSession() { principal, handle }: Session): Observable<MessageEvent> {
    const isLive = async (): Promise<boolean> =>
      (await this.sessions.list(principal)).some((session) => session.handle === handle);
    return news.pipe(
      concatMap(async (event) => ({ event, isLive: await isLive() })),
      takeWhile(({ isLive }) => isLive),
      map(({ event }) => event),
    );
  }
}

/** Server-sent events, as a page’s EventSource receives them. */
class Stream {
  readonly #stopped = new AbortController();
  readonly #reader: Promise<ReadableStreamDefaultReader<Uint8Array>>;

  constructor({ url }: TestNode, path: string, { cookie }: Visitor) {
    const answer = fetch(new URL(path, url), { headers: { cookie }, signal: this.#stopped.signal });
    this.#reader = answer.then(({ body }) => {
      if (!body) throw new Error('The stream has no body.');
      return body.getReader();
    });
    stopAfterwards(() => {
      this.#stopped.abort();
    });
  }

  /** Reads until a text comes, and resolves with true; with false if the stream ends before. */
  async brings(text: string): Promise<boolean> {
    const reader = await this.#reader;
    let read = '';
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return false;
      read += Buffer.from(value).toString();
      if (read.includes(text)) return true;
    }
  }
}

describe('a stream of server-sent events whose session ends on another node', () => {
  let nodes: readonly [TestNode, TestNode];

  beforeAll(async () => {
    const redisUrl = await startRedis();
    const prefix = uniquePrefix();
    const started = await startNodes(
      (redis) => {
        @Module({ imports: [sharedSession(redis, { prefix })], controllers: [NewsController] })
        class NewsModule {}
        return NewsModule;
      },
      2,
      { redisUrl },
    );
    stopAfterwards(started.stop);
    nodes = started.nodes;
  });

  async function openAndEnd(path: string): Promise<Stream> {
    const visitor = await new Visitor(nodes[0]).loginAs({ id: 'ada' });
    news.next({ data: 'before' });
    const stream = new Stream(nodes[0], path, visitor);
    expect(await stream.brings('before')).toBe(true);
    await nodes[1].app.get(Sessions, { strict: false }).end(visitor.handle);
    news.next({ data: 'after' });
    return stream;
  }

  it('goes on where nothing looks for its session', async () => {
    const stream = await openAndEnd('/unwatched');

    expect(await stream.brings('after')).toBe(true);
  });

  it('ends before its next message where each is sent to a live session only', async () => {
    const stream = await openAndEnd('/watched');

    expect(await stream.brings('after')).toBe(false);
  });

  it('ends while nobody can tell whether its session lives', async () => {
    const [node] = nodes;
    const visitor = await new Visitor(node).loginAs({ id: 'ada' });
    const stream = new Stream(node, '/watched', visitor);
    expect(await stream.brings('data')).toBe(true);
    node.redis.cut();

    news.next({ data: 'meanwhile' });

    expect(await stream.brings('meanwhile')).toBe(false);
    await node.redis.heal();
  });
});
