import type { Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { onDiagnostics, Sessions } from '../src/shared-session/index.js';
import { eventually } from '../src/testing/eventually.js';
import type { TestNode } from '../src/testing/index.js';
import { NO_LIMIT_YET } from './support/limited-nodes.js';
import type { PlainSocket } from './support/plain-socket.js';
import { startRedis } from './support/redis-under-test.js';
import { uniquePrefix } from './support/test-node.js';
import { aborted, clientOf, connect, end, linkOf, signIn, startWsNodes } from './support/ws-app.js';

/** What a client's frames go through. */
function rawOf({ client }: PlainSocket): Socket {
  return (client as unknown as { readonly _socket: Socket })._socket;
}

describe('the messages of a plain WebSocket', () => {
  const prefix = uniquePrefix();
  let redisUrl: string;
  let a: TestNode;
  let b: TestNode;

  beforeAll(async () => {
    redisUrl = await startRedis();
    [a, b] = await startWsNodes(redisUrl, 2, { prefix });
  });

  it('keep its session alive', async () => {
    const [node] = await startWsNodes(redisUrl, 1, { idleSeconds: 2 });
    const visitor = await signIn(node);
    const socket = await connect(node, visitor);
    const before = linkOf(node, visitor)?.session?.idleExpiresAt ?? Infinity;

    await socket.ask('say', 'hello');

    expect(linkOf(node, visitor)?.session?.idleExpiresAt).toBeGreaterThan(before);
  });

  it('find a role that has changed, of which it is told', async () => {
    const visitor = await signIn(a);
    const socket = await connect(a, visitor);
    expect(await socket.ask('ban')).toMatchObject({ error: { code: 'FORBIDDEN' } });

    await b.app.get(Sessions, { strict: false }).update(visitor.handle, ({ user }) => {
      Object.assign(user ?? {}, { roles: ['staff'] });
    });

    expect(await socket.next('session:changed')).toMatchObject({ user: { roles: ['staff'] } });
    expect(await socket.ask('ban')).toEqual({ ok: true, data: 'banned' });
  });

  describe('are answered', () => {
    it('by what the handler emits, and by an answer where it asks for one', async () => {
      const socket = await connect(a, await signIn(a));

      expect(await socket.ask('say', 'hello')).toEqual({ ok: true, data: 'hello' });
      expect(await socket.next('said')).toBe('hello');
    });

    it.each([
      ['say', '', 'INVALID_PAYLOAD'],
      ['fail', '', 'INTERNAL'],
      ['endless', '', 'INTERNAL'],
      ['unsayable', '', 'INTERNAL'],
      ['nothing', '', 'NOT_FOUND'],
    ])('by an error of the same form for "%s"', async (event, data, code) => {
      const socket = await connect(a, await signIn(a));

      expect(await socket.ask(event, data)).toMatchObject({ ok: false, error: { code } });
      socket.send(event, data);
      expect(await socket.next('exception')).toMatchObject({ event, error: { code } });
    });

    it.each(['[', 'null', '{"event":7}'])(
      'by an error for what is no message: %s',
      async (text) => {
        const socket = await connect(a, await signIn(a));

        socket.client.send(text);

        expect(await socket.next('exception')).toMatchObject({
          event: null,
          error: { code: 'INVALID_PAYLOAD' },
        });
      },
    );
  });

  describe('are bounded', () => {
    it('by the budget of its events, and closed with 4429 when it does not listen', async () => {
      const [node] = await startWsNodes(redisUrl, 1, { limits: NO_LIMIT_YET });
      const socket = await connect(node, await signIn(node));
      expect(await socket.ask('rare')).toMatchObject({ ok: true });

      expect(await socket.ask('rare')).toMatchObject({ error: { code: 'RATE_LIMITED' } });
      for (let sent = 0; sent < 9; sent += 1) socket.send('rare');

      expect(await socket.closed).toEqual({ code: 4429, reason: 'slow-down' });
    });

    it.each([
      ['text above 16 KB', 'x'.repeat(17 * 1024), 1009],
      ['binary data', Buffer.from('x'), 1003],
    ])('by the close code of %s', async (_, data, code) => {
      const socket = await connect(a, await signIn(a));

      socket.client.send(data);

      expect((await socket.closed).code).toBe(code);
    });

    it('by the close code of what is no frame', async () => {
      const visitor = await signIn(a);
      const socket = await connect(a, visitor);

      rawOf(socket).write(Buffer.from([0xff, 0xff]));

      expect((await socket.closed).code).toBe(1002);
      await connect(a, visitor);
    });

    it('by 4429 when it sends too much', async () => {
      const socket = await connect(a, await signIn(a));

      for (let sent = 0; sent < 1000; sent += 1) socket.client.ping();

      expect((await socket.closed).code).toBe(4429);
    });

    it('by what may wait for it when it does not read', async () => {
      const visitor = await signIn(a);
      const socket = await connect(a, visitor);
      const client = clientOf(a, visitor);
      socket.client.pause();
      const large = JSON.stringify({ event: 'large', data: 'x'.repeat(1024 * 1024) });
      const isClosed = new Promise((resolve) => client.once('close', resolve));
      const reasons: string[] = [];
      const stop = onDiagnostics('connection.cut', ({ reason }) => reasons.push(reason));

      for (let sent = 0; sent < 20; sent += 1) {
        client.send(large);
        await setImmediate();
      }

      stop();
      expect(reasons).toEqual(['slow']);
      await isClosed;
      expect(linkOf(a, visitor)).toBeUndefined();
    });
  });

  describe('are no longer worked on', () => {
    it.each(['its session', 'its connection'])('with %s', async (what) => {
      aborted.length = 0;
      const visitor = await signIn(a);
      const socket = await connect(a, visitor);
      socket.send('work');
      expect(await socket.ask('who')).toMatchObject({ ok: true });

      if (what === 'its session') await end(b, visitor);
      else socket.client.close();

      await eventually(() => aborted.length === 1);
      const expected = what === 'its session' ? { reason: 'revoked' } : { name: 'AbortError' };
      expect(aborted[0]).toMatchObject(expected);
    });
  });
});
