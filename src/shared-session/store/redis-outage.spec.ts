import { describe, expect, it } from '@jest/globals';
import { ErrorReply, SocketClosedUnexpectedlyError } from 'redis';
import { isRedisOutage } from './redis-outage.js';

const nodeError = (code: string, syscall?: string) =>
  Object.assign(new Error(`${syscall ?? ''} ${code}`), { code, ...(syscall && { syscall }) });

describe('isRedisOutage', () => {
  it.each([
    ['a connection that closed', new SocketClosedUnexpectedlyError()],
    ['a connection that was reset', nodeError('ECONNRESET', 'read')],
    ['a write to a connection that is gone', nodeError('EPIPE', 'write')],
    ['a connection that was refused', nodeError('ECONNREFUSED', 'connect')],
    ['a connection that timed out', nodeError('ETIMEDOUT', 'read')],
    ['a Redis that loads its data', new ErrorReply('LOADING Redis is loading')],
  ])('takes %s for one', (_, error) => {
    expect(isRedisOutage(error)).toBe(true);
  });

  it.each([
    ['a command that is wrong', new ErrorReply('WRONGTYPE Operation against a key')],
    ['a file that is missing', nodeError('ENOENT', 'open')],
    ['a code of an application', nodeError('ECONNRESET')],
    ['a bug', new TypeError('x is undefined')],
    ['what is no error', 'ECONNRESET'],
  ])('does not take %s for one', (_, error) => {
    expect(isRedisOutage(error)).toBe(false);
  });
});
