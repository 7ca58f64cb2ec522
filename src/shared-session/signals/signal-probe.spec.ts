import 'reflect-metadata';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import type { ResolvedOptions } from '../shared-session.options.js';
import { SessionKeys } from '../store/session-keys.js';
import { SignalProbe } from './signal-probe.js';

type Listener = (message: string) => void;

/** A Redis as far as the probe uses it; while it is deaf, it delivers nothing. */
class FakeRedis {
  isDeaf = false;
  readonly isReady = true;
  readonly #listeners = new Map<string, Listener[]>();

  subscribe(channel: string, listener: Listener): Promise<void> {
    this.#listeners.set(channel, [...(this.#listeners.get(channel) ?? []), listener]);
    return Promise.resolve();
  }

  unsubscribe(channel: string): Promise<void> {
    this.#listeners.delete(channel);
    return Promise.resolve();
  }

  publish(channel: string, message: string): Promise<number> {
    const listeners = this.isDeaf ? [] : (this.#listeners.get(channel) ?? []);
    for (const listener of listeners) listener(message);
    return Promise.resolve(listeners.length);
  }
}

describe('SignalProbe', () => {
  const redis = new FakeRedis();
  let probe: SignalProbe;

  beforeEach(async () => {
    jest.useFakeTimers();
    Logger.overrideLogger(false);
    redis.isDeaf = false;
    // Only what the probe uses of them.
    const options = { redis: { subscriber: redis, publisher: redis }, nodeName: 'web' };
    probe = new SignalProbe(options as unknown as ResolvedOptions, new SessionKeys(''));
    await probe.onModuleInit();
  });

  afterEach(async () => {
    await probe.onApplicationShutdown();
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
