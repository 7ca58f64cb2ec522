import { beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as pause } from 'node:timers/promises';
import { startRedis } from './support/redis-under-test.js';
import { startTestNode, uniquePrefix } from './support/test-node.js';
import { Visitor } from './support/visitor.js';

describe('session limits', () => {
  let redisUrl: string;

  beforeAll(async () => {
    redisUrl = await startRedis();
  });

  it('ends sockets at the absolute end, however active they are', async () => {
    const short = await startTestNode({
      redisUrl,
      redisPrefix: uniquePrefix(),
      sessionIdleSeconds: 1,
      sessionAbsoluteSeconds: 2,
    });
    const visitor = await new Visitor(short).register();
    const socket = await visitor.connect();
    let ended: unknown;
    void socket.next('session:ended').then((message) => (ended = message));

    while (!ended) {
      await socket.ask('session:extend').catch(() => undefined);
      await pause(50);
    }

    expect(ended).toMatchObject({ reason: 'expired', reconnect: 'after-login' });
    expect(await socket.next('session:expiring')).toMatchObject({ reason: 'absolute' });
    expect((await visitor.get('/user/profile')).status).toBe(401);
  });

  it.each<[string, string, object?]>([
    ['checks its cart', 'cart:sync', { version: 0, revision: '' }],
    ['asks who it is', 'session:get'],
  ])(
    'a poll is no activity: a client that only %s does not keep the session',
    async (_, event, ...payload) => {
      const short = await startTestNode({
        redisUrl,
        redisPrefix: uniquePrefix(),
        sessionIdleSeconds: 1,
      });
      const socket = await (await new Visitor(short).register()).connect();
      let ended: unknown;
      void socket.next('session:ended').then((message) => (ended = message));

      while (!ended) {
        await socket.ask(event, ...payload).catch(() => undefined);
        await pause(100);
      }

      expect(ended).toMatchObject({ reason: 'expired' });
    },
  );
});
