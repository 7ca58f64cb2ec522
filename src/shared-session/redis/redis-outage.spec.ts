import { EventEmitter } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import {
  ClientOfflineError,
  ErrorReply,
  type RedisClientType,
  SocketClosedUnexpectedlyError,
} from 'redis';
import { SessionStoreUnavailableError } from '../shared-session.errors.js';
import { isRedisOutage, noteOutages } from './redis-outage.js';

const nodeError = (code: string, syscall: string) =>
  Object.assign(new Error(`${syscall} ${code}`), { code, syscall });

/** What a client emits when its connection fails, before its commands fail with it. */
function saidByClient(error: Error): Error {
  const client = new EventEmitter();
  noteOutages(client as unknown as RedisClientType);
  client.emit('error', error);
  return error;
}

describe('isRedisOutage', () => {
  it.each([
    ['a connection that closed', new SocketClosedUnexpectedlyError()],
    ['a connection that was reset', saidByClient(nodeError('ECONNRESET', 'read'))],
    ['a write to a connection that is gone', saidByClient(nodeError('EPIPE', 'write'))],
    ['a host that cannot be reached', saidByClient(nodeError('EHOSTUNREACH', 'connect'))],
    ['what the store makes of one', new SessionStoreUnavailableError(new ClientOfflineError())],
    ['a Redis that loads its data', new ErrorReply('LOADING Redis is loading')],
    ['a master without its replicas', new ErrorReply('NOREPLICAS Not enough good replicas')],
    ['a command that the user may not give', new ErrorReply('NOPERM this user has no permissions')],
    [
      'one that a script may not give',
      new ErrorReply("ERR The user executing the script can't run this command or subcommand"),
    ],
  ])('takes %s for one', (_, error) => {
    expect(isRedisOutage(error)).toBe(true);
  });

  it.each([
    ['a command that is wrong', saidByClient(new ErrorReply('WRONGTYPE Operation against a key'))],
    ['a database that refuses connections', nodeError('ECONNREFUSED', 'connect')],
    ['a peer of the application’s that resets one', nodeError('ECONNRESET', 'read')],
    ['a file that is missing', nodeError('ENOENT', 'open')],
    ['a bug', new TypeError('x is undefined')],
    ['what is no error', 'ECONNRESET'],
  ])('does not take %s for one', (_, error) => {
    expect(isRedisOutage(error)).toBe(false);
  });
});
