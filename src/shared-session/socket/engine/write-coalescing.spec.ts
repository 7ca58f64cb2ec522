import { PassThrough } from 'node:stream';
import { describe, expect, it, jest } from '@jest/globals';
import type { Socket } from 'socket.io';
import { coalesceWrites } from './write-coalescing.js';

type EngineSocket = Socket['conn'];

/** What is used of an engine.io connection, with or without some of it. */
function connectionOf(methods: Record<string, unknown>): EngineSocket & Record<string, unknown> {
  const connection = Object.create(methods) as Record<string, unknown>;
  connection['request'] = { socket: new PassThrough() };
  return connection as EngineSocket & Record<string, unknown>;
}

describe('coalesceWrites', () => {
  it('flushes once for what is sent in one turn, and before the connection closes', async () => {
    const calls: string[] = [];
    const note = (name: string) => () => calls.push(name);
    const connection = connectionOf({ flush: note('flush'), close: note('close') });
    coalesceWrites(connection);
    const { flush } = connection as unknown as { flush: () => void };

    flush.call(connection);
    flush.call(connection);
    await new Promise(setImmediate);
    flush.call(connection);
    connection.close();

    expect(calls).toEqual(['flush', 'flush', 'close']);
  });

  it.each([
    ['flush', { close: jest.fn() }],
    ['close', { flush: jest.fn() }],
  ])('leaves a connection as it is that has no %s any more', (_, methods) => {
    const connection = connectionOf(methods);

    coalesceWrites(connection);

    expect(Object.keys(connection)).toEqual(['request']);
  });
});
