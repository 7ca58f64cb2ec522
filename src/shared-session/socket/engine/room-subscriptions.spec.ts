import 'reflect-metadata';
import { EventEmitter } from 'node:events';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { ErrorReply } from 'redis';
import type { ResolvedOptions } from '../../shared-session.options.js';
import { Shards } from '../../signals/shards.js';
import { Subscriptions } from '../../signals/subscriptions.js';
import { PubSub } from '../../redis/pub-sub.js';
import { SessionKeys } from '../../store/session-keys.js';
import { RoomSubscriptions } from './room-subscriptions.js';

type Listener = (message: Buffer, channel: Buffer) => void;

/** A subscriber on a healthy connection whose Redis refuses some channels. */
class FakeSubscriber extends EventEmitter {
  readonly isOpen = true;
  readonly isReady = true;
  readonly refused = new Set<string>();
  readonly #listeners = new Map<string, Listener>();

  sSubscribe(channels: string[], listener: Listener): Promise<void> {
    if (channels.some((channel) => this.refused.has(channel))) {
      return Promise.reject(new ErrorReply('NOPERM No permissions to access a channel'));
    }
    for (const channel of channels) this.#listeners.set(channel, listener);
    return Promise.resolve();
  }

  sUnsubscribe(channels: string[]): Promise<void> {
    for (const channel of channels) this.#listeners.delete(channel);
    return Promise.resolve();
  }

  deliver(channel: string, text: string): void {
    this.#listeners.get(channel)?.(Buffer.from(text), Buffer.from(channel));
  }
}

/** As the adapter names it, and as Redis does. */
const CHANNEL = 'socket.io#/#room#';
const REDIS_CHANNEL = 'socket.io#/#{room}#';

describe('RoomSubscriptions', () => {
  let redis: FakeSubscriber;
  let rooms: RoomSubscriptions;
  let heard: string[];

  beforeEach(() => {
    Logger.overrideLogger(false);
    redis = new FakeSubscriber();
    // Only what it uses of the options.
    const options = {
      redis: { commands: redis, publisher: redis, subscriber: redis },
    } as unknown as ResolvedOptions;
    const subscriptions = new Subscriptions(new Shards(options), new PubSub(true));
    rooms = new RoomSubscriptions(options, new SessionKeys(''), subscriptions);
    heard = [];
  });

  const listenerOf = (name: string) => (message: Buffer) => {
    heard.push(`${name} ${message.toString()}`);
  };

  it('tries again what a healthy Redis refused', async () => {
    redis.refused.add(REDIS_CHANNEL);
    void rooms.view().sSubscribe(CHANNEL, listenerOf('a'), true);
    await expect(rooms.settled('/', ['room'])).rejects.toMatchObject({ code: 'UNAVAILABLE' });

    redis.refused.clear();

    await rooms.settled('/', ['room']);
    redis.deliver(REDIS_CHANNEL, 'hello');
    expect(heard).toEqual(['a hello']);
  });

  it('lets nobody wait for the rooms of others', async () => {
    redis.refused.add('socket.io#/#{other}#');
    const view = rooms.view();
    void view.sSubscribe('socket.io#/#other#', listenerOf('a'), true);
    void view.sSubscribe(CHANNEL, listenerOf('a'), true);

    await rooms.settled('/', ['room']);

    redis.deliver(REDIS_CHANNEL, 'hello');
    expect(heard).toEqual(['a hello']);
    await view.sUnsubscribe('socket.io#/#other#');
  });

  it('tells every adapter of a channel, until that adapter gives it back', async () => {
    const [one, two] = [rooms.view(), rooms.view()];
    void one.sSubscribe(CHANNEL, listenerOf('one'), true);
    void two.sSubscribe(CHANNEL, listenerOf('two'), true);
    await rooms.settled('/', ['room']);
    redis.deliver(REDIS_CHANNEL, 'first');

    await one.sUnsubscribe(CHANNEL);
    redis.deliver(REDIS_CHANNEL, 'second');
    await two.sUnsubscribe(CHANNEL);
    redis.deliver(REDIS_CHANNEL, 'third');

    expect(heard).toEqual(['one first', 'two first', 'two second']);
  });
});
