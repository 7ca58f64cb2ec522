import { describe, expect, it, jest } from '@jest/globals';
import type { Request } from 'express';
import type { RedisClientType } from 'redis';
import { readSessionUser } from '../session/session-data.js';
import { Announcer } from '../diagnostics/announcer.js';
import { Durability } from '../redis/durability.js';
import { PubSub } from '../redis/pub-sub.js';
import { SessionKeys } from './session-keys.js';
import { SessionStore } from './session.store.js';
import { StoredSessions } from './stored-sessions.js';

describe('regenerate', () => {
  it('gives the request a new session even if the old one could not be ended, and reports that', async () => {
    const outage = new Error('Redis is away');
    const base = {
      commands: { get: () => Promise.reject(outage) } as unknown as RedisClientType,
      keys: new SessionKeys(''),
      clock: { now: () => Date.now() },
      readUser: readSessionUser,
    };
    const limits = { idleMs: 1000, absoluteMs: 1000 };
    const sessions = new StoredSessions({
      ...base,
      limits,
      pubSub: new PubSub(true),
      durability: new Durability(base.commands, false, String),
      keysOf: () => [],
      announcer: new Announcer('web', base.clock),
    });
    const store = new SessionStore({ ...base, sessions });
    store.generate = jest.fn();
    const request = { sessionID: 'planted' } as Request;

    const error = await new Promise((resolve) => {
      store.regenerate(request, resolve);
    });

    expect(error).toMatchObject({ code: 'UNAVAILABLE', cause: outage });
    expect(store.generate).toHaveBeenCalledWith(request);
  });
});
