import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from '@jest/globals';
import type { SessionData } from 'express-session';
import type { RedisClientType } from 'redis';
import type { Principal } from '../src/shared-session/index.js';
import { readSessionUser } from '../src/shared-session/session/session-data.js';
import { sessionHandle } from '../src/shared-session/session/session-handle.js';
import { Announcer } from '../src/shared-session/diagnostics/announcer.js';
import { Durability } from '../src/shared-session/redis/durability.js';
import { PubSub } from '../src/shared-session/redis/pub-sub.js';
import { SessionKeys } from '../src/shared-session/store/session-keys.js';
import { StoredSessions } from '../src/shared-session/store/stored-sessions.js';
import { FailingClient } from './support/failing-client.js';
import { openRedis, startRedis } from './support/redis-under-test.js';
import { uniquePrefix } from './support/test-node.js';

const usual = { idleMs: 60_000, absoluteMs: 600_000 };
const own = { idleMs: 100 * usual.idleMs, absoluteMs: 1000 * usual.idleMs };

describe('the entry of a session that lives longer without activity than others', () => {
  let redis: RedisClientType;
  const keys = new SessionKeys(uniquePrefix());

  beforeAll(async () => {
    redis = await openRedis(await startRedis());
  });

  const node = (commands = redis): StoredSessions =>
    new StoredSessions({
      commands,
      keys,
      limits: usual,
      pubSub: new PubSub(true),
      clock: { now: () => Date.now() },
      readUser: readSessionUser,
      durability: new Durability(commands, false, String),
      keysOf: () => [],
      announcer: new Announcer('web', { now: () => Date.now() }),
    });

  async function start({ id }: Pick<Principal, 'id'>, fields: object = {}): Promise<string> {
    const handle = sessionHandle(randomUUID());
    const sharedSession = { startedAt: Date.now(), ...fields };
    const data = { cookie: { originalMaxAge: null }, user: { id }, sharedSession };
    await node().start(handle, data as unknown as SessionData, JSON.stringify(data));
    return handle;
  }

  /** Its session's record lives, and the entry has expired some time ago, as when it could not be raised. */
  async function lagging(agoMs: number) {
    const principal = { kind: 'user', id: randomUUID() } as const;
    const handle = await start(principal, { limits: own });
    const set = keys.sessionsOf(principal);
    await redis.zIncrBy(set, -(own.idleMs + agoMs), handle);
    return { principal, handle, set };
  }

  it('is left alone by the activity of others, so that the end of all finds it', async () => {
    const { principal, handle } = await lagging(4 * usual.idleMs);

    await start(principal);
    await node().endEvery(principal, { reason: 'revoked', by: 'principal' });

    expect(await redis.exists(keys.record(handle))).toBe(0);
  });

  it('is removed by them when its record cannot live any more', async () => {
    const { principal, handle, set } = await lagging(3 * own.idleMs);

    await start(principal);

    expect(await redis.zScore(set, handle)).toBeNull();
  });

  it('is kept for as long as its record can live, when it is the mark of an end', async () => {
    const { principal, handle, set } = await lagging(0);
    await redis.pExpire(set, 20_000);

    const away = node(new FailingClient(redis, 2, 'unsent').client);
    await expect(
      away.end(handle, { reason: 'signed-out', by: 'session' }, principal),
    ).rejects.toThrow();

    expect(await redis.zScore(set, handle)).toBe(0);
    expect(await redis.pTTL(set)).toBeGreaterThan(own.idleMs);
  });

  it('is outlived by its set for as long', async () => {
    const { set } = await lagging(0);

    expect(await redis.pTTL(set)).toBeGreaterThan(2 * own.idleMs);
  });
});
