import 'reflect-metadata';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Controller, Get, type MessageEvent, Module, Res, Sse } from '@nestjs/common';
import type { Response } from 'express';
import { buildSchema } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import { createClient } from 'redis';
import { map, merge, type Observable, of, Subject } from 'rxjs';
import { AppModule } from '../../../src/server/app.module.js';
import { readEnvironment } from '../../../src/server/config/environment.js';
import { startServer } from '../../../src/server/start-server.js';
import {
  AnySession,
  CurrentSession,
  type Session,
  SessionEndedError,
  SessionLinks,
} from '../../../src/shared-session/index.js';
import { SessionWebSocketServer } from '../../../src/shared-session/ws/index.js';

/** What all streams and downloads are sent; whoever publishes in Redis speaks to each. */
const news = new Subject<string>();

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

// The reference server, and in it what else a session can have open.

@Controller('holders')
@AnySession()
class HoldersController {
  constructor(private readonly links: SessionLinks) {}

  @Sse('stream')
  stream(): Observable<MessageEvent> {
    return merge(of('open'), news).pipe(map((data) => ({ data })));
  }

  /** Heap that is still used after a collection, in KB. */
  @Get('heap')
  heap(): { heapKb: number } {
    collectGarbage();
    return { heapKb: process.memoryUsage().heapUsed / 1024 };
  }

  /** Goes on until its session's signal tells it to stop, and says why in its last line. */
  @Get('download')
  download(@CurrentSession() session: Session, @Res() response: Response): void {
    const hold = this.links.hold(session, () => undefined);
    response.type('text/plain').write('open\n');
    const subscription = news.subscribe((line) => {
      if (!hold.isDeaf) response.write(`${line}\n`);
    });
    const { signal } = session;
    signal.addEventListener('abort', () => {
      const reason: unknown = signal.reason;
      response.end(
        `ended ${reason instanceof SessionEndedError ? (reason.reason ?? 'none') : 'draining'}\n`,
      );
    });
    response.once('close', () => {
      subscription.unsubscribe();
      hold.release();
    });
  }
}

const environment = readEnvironment(process.env);
const subscriber = createClient({ url: process.env['REDIS_URL'] ?? '' });
// It comes back by itself.
subscriber.on('error', () => undefined);
await subscriber.connect();
await subscriber.subscribe('news', (line) => {
  news.next(line);
});

@Module({ imports: [AppModule.forRoot(environment)], controllers: [HoldersController] })
class HoldersModule {}

const schema = buildSchema('type Query { me: String } type Subscription { news: String }');

/** Whatever is new from here on, after a first word. */
async function* subscribed(): AsyncGenerator<{ news: string }> {
  const waiting: string[] = ['open'];
  let wake: () => void = () => undefined;
  const subscription = news.subscribe((line) => {
    waiting.push(line);
    wake();
  });
  try {
    for (;;) {
      const next = waiting.shift();
      if (next === undefined) await new Promise<void>((resolve) => (wake = resolve));
      else yield { news: next };
    }
  } finally {
    subscription.unsubscribe();
  }
}

const app = await startServer(HoldersModule, environment);
useServer(
  { schema, roots: { subscription: { news: subscribed } } },
  new SessionWebSocketServer(app, { path: '/graphql' }),
);
