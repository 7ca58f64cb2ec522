import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { SessionStoreUnavailableError } from '../src/shared-session/index.js';
import { eventually } from '../src/testing/eventually.js';
import { FailingClient } from './support/failing-client.js';
import { type PlainApp, startPlainApp } from './support/plain-app.js';
import { startRedis } from './support/redis-under-test.js';
import { TcpProxy } from './support/tcp-proxy.js';
import { uniquePrefix } from './support/test-node.js';
import { Visitor } from './support/visitor.js';
import { openWorkersOwn, startWorker } from './support/worker.js';

const ada = { kind: 'user', id: 'ada' } as const;

describe('a worker whose Redis is away', () => {
  let redisUrl: string;
  let node: PlainApp;
  let visitor: Visitor;
  const prefix = uniquePrefix();

  beforeAll(async () => {
    redisUrl = await startRedis();
    node = await startPlainApp(redisUrl, { prefix });
  });

  beforeEach(async () => {
    visitor = await new Visitor(node).loginAs({ id: ada.id });
  });

  it('is told that nothing was emitted or ended', async () => {
    const proxy = await TcpProxy.to(redisUrl);
    const away = await startWorker({ redis: proxy.url, prefix });
    proxy.cut();

    const emitted = away.emitter.toPrincipal(ada).emit('told');
    await expect(emitted).rejects.toThrow(SessionStoreUnavailableError);
    await expect(away.sessions.end(visitor.handle)).rejects.toMatchObject({
      code: 'UNAVAILABLE',
    });
    await expect(away.sessions.list(ada)).rejects.toMatchObject({ code: 'UNAVAILABLE' });

    proxy.heal();
    await eventually(() =>
      away.emitter
        .toPrincipal(ada)
        .emit('told')
        .then(
          () => true,
          () => false,
        ),
    );
  });

  it.each(['an address', 'a client of its own'])(
    'waits no longer than a node does for a Redis that hangs, with %s',
    async (given) => {
      const proxy = await TcpProxy.to(redisUrl);
      const isOwn = given !== 'an address';
      const options = isOwn ? { commands: await openWorkersOwn(proxy.url) } : proxy.url;
      const { emitter } = await startWorker({ redis: options, prefix });
      proxy.freeze();

      const emitted = emitter.toPrincipal(ada).emit('told');

      await expect(emitted).rejects.toMatchObject({ cause: { name: 'CommandTimeoutError' } });
      proxy.heal();
    },
  );

  it('finishes an end that it began and could not', async () => {
    const failing = new FailingClient(await openWorkersOwn(redisUrl));
    const cutOff = await startWorker({ redis: { commands: failing.client }, prefix });
    const socket = await visitor.connect(node);

    // It has read whom the session speaks for, and its mark is set.
    failing.at = failing.commands + 3;
    await expect(cutOff.sessions.end(visitor.handle)).rejects.toMatchObject({
      code: 'UNAVAILABLE',
    });

    expect(await socket.ended()).toBe('revoked');
  });
});
