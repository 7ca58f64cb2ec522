import { Logger } from '@nestjs/common';
import { createAdapter, createShardedAdapter } from '@socket.io/redis-adapter';
import type { RedisClientType } from 'redis';
import type { Namespace, Server } from 'socket.io';
import type { Adapter } from 'socket.io-adapter';
import type { ResolvedOptions } from '../../shared-session.options.js';
import type { SessionSignals } from '../../signals/session-signals.js';
import type { Shards } from '../../signals/shards.js';
import type { SessionKeys } from '../../store/session-keys.js';
import type { PubSub } from '../../redis/pub-sub.js';
import { RoomChannel } from './room-channel.js';
import type { RoomSubscriptions } from './room-subscriptions.js';
import { chooseSilence, type Silence } from './silence.js';
import { withOverrides } from './with-overrides.js';

/** What Socket.IO's `server.adapter()` takes. */
export type AdapterFactory = NonNullable<Parameters<Server['adapter']>[0]>;

/**
 * The adapter that carries broadcasts between nodes. Redis 7 and later: sharded Pub/Sub with one
 * subscription a room, so that nodes without the room's sockets receive nothing. Before: the
 * classic adapter.
 */
export function createRedisAdapter(
  { redis }: ResolvedOptions,
  keys: SessionKeys,
  pubSub: PubSub,
  rooms: RoomSubscriptions,
  signals: SessionSignals,
  shards: Shards,
): AdapterFactory {
  const publisher = publishingWithoutWait(redis.publisher, keys);
  const silence = chooseSilence({
    get mayBeDeaf() {
      return signals.mayBeDeaf;
    },
    get areDeaf() {
      return shards.areDeaf;
    },
    isDeafTo: (handle) => signals.isDeafTo(handle),
  });
  if (pubSub.isSharded) {
    const settings = { channelPrefix: keys.adapterChannel, subscriptionMode: 'dynamic' } as const;
    const create = (namespace: Namespace) =>
      createShardedAdapter(publisher, silence.hears(rooms.view()), settings)(namespace);
    return silenced(create, silence);
  }
  const subscriber = silence.hears(redis.subscriber);
  return silenced(createAdapter(publisher, subscriber, { key: keys.adapterChannel }), silence);
}

/** Socket.IO calls it with `new`, which an arrow function does not allow. */
function silenced(create: (namespace: Namespace) => Adapter, silence: Silence): AdapterFactory {
  return function createSilenced(namespace: Namespace): Adapter {
    const adapter = create(namespace);
    silence.holds(adapter);
    return adapter;
  };
}

/**
 * Publishes without waiting for Redis. The sharded adapter would hold a broadcast back from this
 * node's own sockets until Redis has answered, for an offset that only adapters with a history have.
 * The classic one leaves every `publish` uncaught: one broadcast while Redis is away would be an
 * unhandled rejection, which ends the process.
 */
function publishingWithoutWait(publisher: RedisClientType, keys: SessionKeys): RedisClientType {
  const logger = new Logger('Redis adapter');
  const warn = (error: unknown): void => {
    logger.warn(`A broadcast reached this node only: ${String(error)}`);
  };
  return withOverrides(publisher, {
    publish: (channel: string, message: string): Promise<void> => {
      publisher.publish(channel, message).catch(warn);
      return Promise.resolve();
    },
    sPublish: (name: string, text: string | Buffer): Promise<void> => {
      const { channel, message } = new RoomChannel(name, keys).post(text);
      publisher.sPublish(channel, message).catch(warn);
      return Promise.resolve();
    },
  });
}
