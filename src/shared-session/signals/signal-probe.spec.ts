import 'reflect-metadata';
import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { createClient, type RedisClientOptions, type RedisClientType } from 'redis';
import { type ResolvedOptions, checkOptions } from '../shared-session.options.js';
import { Shards } from './shards.js';
import { Announcer } from '../diagnostics/announcer.js';
import { onDiagnostics } from '../diagnostics/channels.js';
import { PubSub } from '../redis/pub-sub.js';
import { SessionKeys } from '../store/session-keys.js';
import { SignalProbe } from './signal-probe.js';

type Listener = (message: string) => void;

/** A Redis as far as the probe uses it; while it is deaf, it delivers nothing. */
class FakeRedis extends EventEmitter {
  isDeaf = false;
  readonly isReady = true;
  readonly #listeners = new Map<string, Listener[]>();

  subscribe([channel = '']: string[], listener: Listener): Promise<void> {
    this.#listeners.set(channel, [...(this.#listeners.get(channel) ?? []), listener]);
    return Promise.resolve();
  }

  unsubscribe([channel = '']: string[]): Promise<void> {
    this.#listeners.delete(channel);
    return Promise.resolve();
  }

  publish(channel: string, message: string): Promise<number> {
    const listeners = this.isDeaf ? [] : (this.#listeners.get(channel) ?? []);
    for (const listener of listeners) listener(message);
    return Promise.resolve(listeners.length);
  }
}

/** Only what the probe uses of the options. */
function optionsWith(redis: FakeRedis) {
  const socket = { highWaterMark: 2 ** 26 } as RedisClientOptions['socket'] & object;
  const client = (options: RedisClientOptions = {}) => createClient(options) as RedisClientType;
  const options = checkOptions({
    redis: {
      commands: client(),
      publisher: client({ disableOfflineQueue: true }),
      subscriber: client({ socket }),
    },
    secrets: ['a secret of some length'],
    nodeName: 'web',
  });
  return {
    ...options,
    redis: { commands: redis, subscriber: redis, publisher: redis },
  } as unknown as ResolvedOptions;
}

function probeWith(options: ResolvedOptions): SignalProbe {
  const parts = [new SessionKeys(''), new PubSub(false), new Shards(options)] as const;
  return new SignalProbe(options, ...parts, new Announcer('web', { now: () => 0 }));
}

describe('SignalProbe', () => {
  const redis = new FakeRedis();
  let probe: SignalProbe;

  beforeEach(async () => {
    jest.useFakeTimers();
    Logger.overrideLogger(false);
    redis.isDeaf = false;
    probe = probeWith(optionsWith(redis));
    await probe.onModuleInit();
  });

  afterEach(() => {
    probe.onApplicationShutdown();
    jest.useRealTimers();
  });

  it('is fresh while it hears itself, late after 3 s and deaf after 10 s', async () => {
    await jest.advanceTimersByTimeAsync(60_000);
    expect([probe.isFresh, probe.isDeaf]).toEqual([true, false]);

    redis.isDeaf = true;
    await jest.advanceTimersByTimeAsync(4000);
    expect([probe.isFresh, probe.isDeaf]).toEqual([false, false]);
    await jest.advanceTimersByTimeAsync(7000);
    expect([probe.isFresh, probe.isDeaf]).toEqual([false, true]);
  });

  it('tells that it is deaf, once, and that it hears again, and how long it did not', async () => {
    const told: [string, number][] = [];
    const stops = (['probe.deaf', 'probe.fresh'] as const).map((name) =>
      onDiagnostics(name, ({ silentMs }) => told.push([name, silentMs])),
    );

    redis.isDeaf = true;
    await jest.advanceTimersByTimeAsync(20_000);
    redis.isDeaf = false;
    await jest.advanceTimersByTimeAsync(5000);

    expect(told).toEqual([
      ['probe.deaf', 10_000],
      ['probe.fresh', 21_000],
    ]);
    for (const stop of stops) stop();
  });

  it('takes no call of another node for its own, whatever that node is called', async () => {
    const namesake = probeWith(optionsWith(redis));
    const own = jest.spyOn(redis, 'subscribe').mockResolvedValueOnce();
    await namesake.onModuleInit();
    own.mockRestore();

    await jest.advanceTimersByTimeAsync(12_000);

    expect([probe.isFresh, namesake.isDeaf]).toEqual([true, true]);
    namesake.onApplicationShutdown();
  });

  it('is deaf when its own calls are lost, though a node of its name calls and hears', async () => {
    const options = optionsWith(redis);
    const mute = { publish: () => Promise.resolve(0) };
    const lost = { ...options, redis: { ...options.redis, publisher: mute } };
    const namesake = probeWith(lost as unknown as ResolvedOptions);
    await namesake.onModuleInit();

    await jest.advanceTimersByTimeAsync(12_000);

    expect([probe.isFresh, namesake.isDeaf]).toEqual([true, true]);
    namesake.onApplicationShutdown();
  });

  it('is fresh again once every session was looked at, however long that took', async () => {
    let recoveries = 0;
    const recover = async () => {
      recoveries += 1;
      await new Promise((resolve) => setTimeout(resolve, 20_000));
    };
    probe.onDeafness(recover, () => undefined);
    redis.isDeaf = true;
    await jest.advanceTimersByTimeAsync(12_000);
    redis.isDeaf = false;

    await jest.advanceTimersByTimeAsync(20_000);
    expect(probe.isFresh).toBe(false);
    await jest.advanceTimersByTimeAsync(2000);

    expect([probe.isFresh, recoveries]).toEqual([true, 1]);
  });
});
