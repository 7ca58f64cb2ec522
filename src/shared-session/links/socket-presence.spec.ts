import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { RedisClientType } from 'redis';
import type { Socket } from 'socket.io';
import type { Session } from '../session/session.js';
import type { ResolvedOptions } from '../shared-session.options.js';
import { NodeLife } from '../signals/node-life.js';
import { SessionKeys } from '../store/session-keys.js';
import type { StoredSessions } from '../store/stored-sessions.js';
import { Link } from './link.js';
import { SocketPresence } from './socket-presence.js';

const HEARTBEAT_MS = 10_000;
const principal = { kind: 'user', id: 'ada' } as const;
const keys = new SessionKeys('');

/** As much of a Redis as the presence of sockets asks for. */
class FakeRedis {
  isAway = false;
  losesReply = false;
  readonly isReady = true;
  readonly strings = new Map<string, string>();
  readonly hash = new Map<string, string>();

  set(key: string, value: string, { condition }: { condition?: 'XX' }): Promise<string | null> {
    if (this.isAway) return Promise.reject(new Error('away'));
    if (condition === 'XX' && !this.strings.has(key)) return Promise.resolve(null);
    this.strings.set(key, value);
    return Promise.resolve('OK');
  }

  evalSha(_: string, { arguments: [field = '', count = ''] }: { arguments: string[] }) {
    if (this.isAway) return Promise.reject(new Error('away'));
    const hasTurned = this.hash.has(field) === (count === '0');
    if (count === '0') this.hash.delete(field);
    else this.hash.set(field, count);
    const reply = Promise.resolve([Number(hasTurned), this.hash.size]);
    return this.losesReply ? Promise.reject(new Error('lost')) : reply;
  }

  hGetAll = () => Promise.resolve(Object.fromEntries(this.hash));
  mGet = (names: string[]) => Promise.resolve(names.map((name) => this.strings.get(name) ?? null));
  hDel(_: string, fields: string[]): Promise<number> {
    for (const field of fields) this.hash.delete(field);
    return Promise.resolve(fields.length);
  }
  del = () => Promise.resolve(0);
}

describe('how many sockets a session has', () => {
  let redis: FakeRedis;
  let life: NodeLife;
  let presence: SocketPresence;
  let link: Link;
  let told: number;

  beforeEach(async () => {
    jest.useFakeTimers();
    redis = new FakeRedis();
    told = 0;
    const commands = redis as unknown as RedisClientType;
    const options = { redis: { commands }, instance: 'web~1', limits: { absoluteMs: 1000 } };
    const stored = { local: { emit: () => (told += 1) } } as unknown as StoredSessions;
    const resolved = options as unknown as ResolvedOptions;
    life = new NodeLife(resolved, keys);
    presence = new SocketPresence(resolved, keys, stored, life);
    await life.onModuleInit();
    link = new Link('handle');
    const limits = { idleMs: 1000, absoluteMs: 1000 };
    link.session = { principal, limits, followBy: () => undefined } as unknown as Session;
    link.sockets.add({} as Socket);
  });

  afterEach(async () => {
    await life.onApplicationShutdown();
    jest.useRealTimers();
  });

  it('is counted on a node of any name', async () => {
    presence.report(link);

    expect(await presence.count(principal)).toEqual(new Map([['handle', 1]]));
  });

  it('is reported again by a node that the others took for dead and forgot', async () => {
    presence.report(link);
    redis.strings.clear();
    redis.hash.clear();

    await jest.advanceTimersByTimeAsync(HEARTBEAT_MS);

    expect(await presence.count(principal)).toEqual(new Map([['handle', 1]]));
  });

  it('is not forgotten when its node comes back while another forgets that node', async () => {
    presence.report(link);
    redis.strings.clear();
    jest.spyOn(redis, 'mGet').mockImplementationOnce(async (names) => {
      const found = names.map((name) => redis.strings.get(name) ?? null);
      await jest.advanceTimersByTimeAsync(HEARTBEAT_MS);
      return found;
    });

    await presence.count(principal);

    expect(await presence.count(principal)).toEqual(new Map([['handle', 1]]));
  });

  it('is reported again when Redis did not hear of it', async () => {
    redis.isAway = true;
    presence.report(link);
    await jest.advanceTimersByTimeAsync(HEARTBEAT_MS);
    redis.isAway = false;

    await jest.advanceTimersByTimeAsync(HEARTBEAT_MS);

    expect(await presence.count(principal)).toEqual(new Map([['handle', 1]]));
  });

  it('is right though Redis has to be sent the first count again, after the second', async () => {
    jest.spyOn(redis, 'evalSha').mockImplementationOnce(async (script, asked) => {
      await jest.advanceTimersByTimeAsync(0);
      return redis.evalSha(script, asked);
    });
    presence.report(link);
    link.sockets.add({} as Socket);
    presence.report(link);

    await jest.advanceTimersByTimeAsync(0);

    expect(await presence.count(principal)).toEqual(new Map([['handle', 2]]));
  });

  it('is told again when Redis heard of it and its reply was lost', async () => {
    redis.hash.set('another~web', '1');
    redis.losesReply = true;
    presence.report(link);
    await jest.advanceTimersByTimeAsync(0);
    redis.losesReply = false;
    expect(told).toBe(0);

    await jest.advanceTimersByTimeAsync(HEARTBEAT_MS);

    expect(told).toBe(1);
  });
});
