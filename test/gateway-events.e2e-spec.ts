import 'reflect-metadata';
import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Sessions } from '../src/shared-session/index.js';
import { SessionActivity } from '../src/shared-session/links/session-activity.js';
import { filtered, startEventApp, subscriptions } from './support/event-app.js';
import { eventually } from '../src/testing/eventually.js';
import { startRedis } from './support/redis-under-test.js';
import type { TestNode } from './support/test-node.js';
import type { TestSocket } from './support/test-socket.js';
import { Visitor } from './support/visitor.js';

const INTERNAL = { ok: false, error: { code: 'INTERNAL' } };

describe('an event of an application’s gateway', () => {
  let node: TestNode;

  const connect = async (namespace = ''): Promise<TestSocket> => {
    const visitor = await new Visitor(node).arrive();
    return visitor.connect({ url: `${node.url}/${namespace}`, isPlain: true });
  };

  beforeAll(async () => {
    node = await startEventApp(await startRedis());
  });

  it.each(['bigint', 'cycle', 'unsendable details'])(
    'is answered INTERNAL when JSON cannot hold its outcome: %s',
    async (event) => {
      const socket = await connect();

      expect(await socket.ask(event)).toMatchObject(INTERNAL);

      expect(await socket.ask('hello')).toEqual({ ok: true, data: 'hello' });
    },
  );

  it('passes the application’s own socket.use() before its handler', async () => {
    const socket = await connect();

    expect(await socket.ask('barred')).toBe('by use');
  });

  it('is left to the application where it listens itself', async () => {
    const socket = await connect();

    expect(await socket.ask('own')).toBe('by on');
    await socket.ask('listen');
    expect(await socket.ask('anything')).toBe('by onAny');
  });

  it.each(['nothing', 'error'])('is answered NOT_FOUND where nobody listens: %s', async (event) => {
    const socket = await connect();

    expect(await socket.ask(event)).toMatchObject({ ok: false, error: { code: 'NOT_FOUND' } });
  });

  it('counts as activity only where there is a handler', async () => {
    const note = jest.spyOn(node.app.get(SessionActivity, { strict: false }), 'note');
    const socket = await connect();
    note.mockClear();

    await socket.ask('nothing');
    expect(note).not.toHaveBeenCalled();

    await socket.ask('hello');
    expect(note).toHaveBeenCalledTimes(1);
  });

  it('does not count as activity where it is a poll in a namespace that a pattern names', async () => {
    const note = jest.spyOn(node.app.get(SessionActivity, { strict: false }), 'note');
    const socket = await connect('room-1');
    note.mockClear();

    expect(await socket.ask('look')).toEqual({ ok: true, data: 'nobody' });

    expect(note).not.toHaveBeenCalled();
  });

  it('passes its gateway’s filters in a namespace that a pattern names', async () => {
    const socket = await connect('room-2');
    filtered.length = 0;

    expect(await socket.ask('fail')).toMatchObject({ ok: false, error: { code: 'FORBIDDEN' } });

    expect(filtered).toEqual(['Error: declined']);
  });

  it.each(['fail', 'observable'])(
    'is never a success where a filter handled the error: %s',
    async (event) => {
      const socket = await connect('failing');
      filtered.length = 0;

      const answer = await socket.ask(event);

      expect(answer).toEqual({ ok: false, error: { code: 'FORBIDDEN', message: 'declined' } });
      expect(filtered).toEqual(['Error: declined']);
    },
  );

  it('is answered with the error that its filter makes of another', async () => {
    const socket = await connect('failing');

    expect(await socket.ask('translated')).toMatchObject({ error: { code: 'SEAT_TAKEN' } });
  });

  it('is emitted to the socket that asked where its handler returns { event, data }', async () => {
    const visitor = await new Visitor(node).arrive();
    const [socket, other] = [await visitor.connect(), await visitor.connect()];

    expect(await socket.ask('reply')).toEqual({ ok: true, data: 'once' });
    expect(await socket.next('replied')).toBe('once');

    // Nobody has to wait for an acknowledgement.
    socket.client.emit('reply');
    expect(await socket.next('replied')).toBe('once');
    await other.ask('hello');
    expect(other.unread).toEqual([]);
  });

  it('is emitted for each { event, data } of an Observable, and acknowledged with the last', async () => {
    const socket = await connect();

    expect(await socket.ask('replies')).toEqual({ ok: true, data: 2 });
    expect([await socket.next('replied'), await socket.next('replied')]).toEqual([1, 2]);
    expect(await socket.ask('values')).toEqual({ ok: true, data: 2 });
  });

  it('is answered INTERNAL when what its handler returns cannot be emitted', async () => {
    const socket = await connect();

    expect(await socket.ask('reserved')).toMatchObject(INTERNAL);

    expect(await socket.ask('hello')).toEqual({ ok: true, data: 'hello' });
  });

  it('lets go of an Observable without an end when the session ends', async () => {
    const visitor = await new Visitor(node).arrive();
    const socket = await visitor.connect();
    socket.client.emit('endless');
    await eventually(() => subscriptions.count === 1);

    await node.app.get(Sessions, { strict: false }).end(visitor.handle);

    await eventually(() => subscriptions.count === 0);
  });

  it('lets go of an Observable without an end when the socket is gone', async () => {
    const socket = await connect();
    socket.client.emit('endless');
    await eventually(() => subscriptions.count === 1);

    socket.client.disconnect();

    await eventually(() => subscriptions.count === 0);
  });
});
