import { randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { createShardedAdapter } from '@socket.io/redis-adapter';
import type { RedisClientType } from 'redis';
import type { Namespace } from 'socket.io';
import { Adapter, type BroadcastOptions } from 'socket.io-adapter';
import {
  chooseSilence,
  type Deafness,
  type Silence,
  silenceByApply,
  silenceByPublicParts,
} from './silence.js';

type Listener = (message: Buffer, channel: Buffer) => void;
interface Packet {
  readonly data: readonly unknown[];
}

/** Redis, as far as an adapter needs it. */
class FakeRedis {
  readonly #channels = new EventEmitter();

  sSubscribe(channel: string, listener: Listener): Promise<void> {
    this.#channels.on(channel, listener);
    return Promise.resolve();
  }

  sPublish(channel: string, message: string): Promise<void> {
    this.#channels.emit(channel, Buffer.from(message), Buffer.from(channel));
    return Promise.resolve();
  }
}

/** That of a node with one shard. */
function deafness(isDeaf: () => boolean): Deafness {
  return {
    get mayBeDeaf() {
      return isDeaf();
    },
    get areDeaf() {
      return isDeaf();
    },
    isDeafTo: isDeaf,
  };
}

/** A node with one socket, which is in the room `room` and, as every socket, in that of its id. */
class FakeNode {
  isDeaf = false;
  readonly received: unknown[] = [];
  readonly #id = randomUUID();
  readonly #adapter: Adapter;

  constructor(redis: FakeRedis, silenceOf: (deafness: Deafness) => Silence) {
    const silence = silenceOf(deafness(() => this.isDeaf));
    // Only what the adapter uses of it.
    const client = redis as unknown as RedisClientType;
    this.#adapter = createShardedAdapter(client, silence.hears(client), {})(this.#namespace());
    silence.holds(this.#adapter);
    void this.#adapter.addAll(this.#id, new Set([this.#id, 'room']));
  }

  async broadcast(word: string, ...rooms: string[]): Promise<void> {
    const options: BroadcastOptions = { rooms: new Set(rooms), except: new Set() };
    this.#adapter.broadcast({ type: 2, data: [word] }, options);
    await new Promise(setImmediate);
  }

  #namespace(): Namespace {
    const client = { writeToEngine: ([word]: unknown[]) => this.received.push(word) };
    const encoder = { encode: ({ data }: Packet) => [data[0]] };
    const sockets = new Map([[this.#id, { client, data: { handle: 'its session' } }]]);
    return { name: '/', server: { encoder, opts: {} }, sockets } as unknown as Namespace;
  }
}

/** As Socket.IO might become. */
class OtherAdapter extends Adapter {
  override broadcast(): void {
    // Reaches its sockets in a way of its own.
  }
}

class DemandingAdapter extends Adapter {
  constructor(namespace: Namespace) {
    super(namespace);
    throw new TypeError('It wants more of a namespace.');
  }
}

const AUDIENCES: [string, ...string[]][] = [['one room', 'room'], ['all']];

beforeEach(() => {
  Logger.overrideLogger(false);
});

describe.each([
  ['by the private part', silenceByApply],
  ['by public parts', silenceByPublicParts],
])('silence while deaf, %s', (_, silenceOf) => {
  it.each(AUDIENCES)('holds back what others broadcast to %s', async (_, ...rooms) => {
    const redis = new FakeRedis();
    const [node, other] = [new FakeNode(redis, silenceOf), new FakeNode(redis, silenceOf)];
    await other.broadcast('before', ...rooms);
    node.isDeaf = true;
    await other.broadcast('meanwhile', ...rooms);
    node.isDeaf = false;
    await other.broadcast('after', ...rooms);

    expect(node.received).toEqual(['before', 'after']);
    expect(other.received).toEqual(['before', 'meanwhile', 'after']);
  });

  it.each(AUDIENCES)('lets others have its own broadcasts to %s', async (_, ...rooms) => {
    const redis = new FakeRedis();
    const [node, other] = [new FakeNode(redis, silenceOf), new FakeNode(redis, silenceOf)];
    node.isDeaf = true;
    await node.broadcast('meanwhile', ...rooms);
    node.isDeaf = false;
    await node.broadcast('after', ...rooms);

    expect(node.received).toEqual(['after']);
    expect(other.received).toEqual(['meanwhile', 'after']);
  });
});

describe('the choice between them', () => {
  /** The fall-back takes something else for a subscriber than what it was given. */
  const isPublic = (silence: Silence): boolean => {
    const subscriber = {} as unknown as RedisClientType;
    return silence.hears(subscriber) !== subscriber;
  };

  it('falls on the private part with the Socket.IO that is installed', () => {
    expect(isPublic(chooseSilence(deafness(() => false)))).toBe(false);
  });

  it.each([OtherAdapter, DemandingAdapter])(
    'falls on public parts where a broadcast passes by it: %p',
    (base) => {
      expect(
        isPublic(
          chooseSilence(
            deafness(() => false),
            base,
          ),
        ),
      ).toBe(true);
    },
  );
});
