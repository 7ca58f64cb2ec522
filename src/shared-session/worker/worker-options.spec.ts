import { describe, expect, it } from '@jest/globals';
import { createClient, type RedisClientOptions, type RedisClientType } from 'redis';
import { readSessionUser } from '../session/session-data.js';
import { SharedSessionConfigError } from '../shared-session.errors.js';
import { checkOptions } from '../shared-session.options.js';
import { checkWorkerOptions, type SharedSessionWorkerOptions } from './worker-options.js';

const redis = 'redis://127.0.0.1:6379';
const clientWith = (options: RedisClientOptions) => createClient(options) as RedisClientType;

describe('checkWorkerOptions', () => {
  it('needs nothing but Redis, and has the defaults of a node', () => {
    const node = checkOptions({ redis, secrets: ['a secret of some length'] });

    const { principalKeys, ...checked } = checkWorkerOptions({ redis });

    const defaults = { limits: node.limits, prefix: '', user: readSessionUser };
    expect(checked).toEqual({ redis, durability: 'master', ...defaults });
    expect(principalKeys({ kind: 'user', id: '42' })).toEqual([]);
  });

  it('takes an option that is undefined for one that was left out', () => {
    const none = { idleSeconds: undefined, absoluteSeconds: undefined, prefix: undefined };
    const options = { redis, ...none, user: undefined } as unknown as SharedSessionWorkerOptions;

    expect(checkWorkerOptions(options).limits).toEqual(checkWorkerOptions({ redis }).limits);
  });

  it('takes one client, or those of a node', () => {
    const commands = clientWith({ disableOfflineQueue: true });
    const clients = { commands, publisher: commands, subscriber: commands };

    expect(checkWorkerOptions({ redis: { commands } }).redis).toEqual({ commands });
    expect(checkWorkerOptions({ redis: clients }).redis).toBe(clients);
  });

  it.each<[string, SharedSessionWorkerOptions]>([
    ['no address', { redis: '127.0.0.1:6379' }],
    ['a client that sends late what it kept', { redis: { commands: clientWith({}) } }],
    ['braces in the prefix', { redis, prefix: '{shop}' }],
    ['limits that do not fit', { redis, idleSeconds: 60, absoluteSeconds: 30 }],
  ])('refuses %s', (_, options) => {
    expect(() => checkWorkerOptions(options)).toThrow(SharedSessionConfigError);
  });
});
