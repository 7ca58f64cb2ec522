import { Logger } from '@nestjs/common';
import { createAdapter, createShardedAdapter } from '@socket.io/redis-adapter';
import type { RedisClientType } from 'redis';
import type { Namespace, Server } from 'socket.io';
import type { Adapter } from 'socket.io-adapter';
import type { SessionKeys } from '../session-keys.js';
import type { SignalProbe } from '../signal-probe.js';
import type { ResolvedOptions } from '../shared-session.options.js';
import type { RoomSubscriptions } from './room-subscriptions.js';
import { withOverrides } from './with-overrides.js';

/** What Socket.IO's `server.adapter()` takes. */
export type AdapterFactory = NonNullable<Parameters<Server['adapter']>[0]>;

/**
 * The adapter that carries broadcasts between nodes. Redis 7 and later: sharded Pub/Sub with one
 * subscription a room, so that nodes without the room's sockets receive nothing. Before: the
 * classic adapter.
 */
export async function createRedisAdapter(
  { redis }: ResolvedOptions,
  keys: SessionKeys,
  rooms: RoomSubscriptions,
  probe: SignalProbe,
): Promise<AdapterFactory> {
  if ((await majorVersion(redis.commands)) >= 7) {
    const settings = { channelPrefix: keys.adapterChannel, subscriptionMode: 'dynamic' } as const;
    const create = createShardedAdapter(redis.publisher, rooms.client, settings);
    return silentWhileDeaf(create, probe);
  }
  const publisher = withCaughtPublish(redis.publisher);
  const create = createAdapter(publisher, redis.subscriber, { key: keys.adapterChannel });
  return silentWhileDeaf(create, probe);
}

/**
 * Delivers nothing to rooms while this node cannot know which sessions have ended: after the process
 * was stopped for a while, say, with broadcasts and ends waiting side by side in its connections.
 * Clients notice the gap and ask for what they missed.
 */
function silentWhileDeaf(create: (nsp: Namespace) => Adapter, probe: SignalProbe): AdapterFactory {
  // Socket.IO calls it with `new`, which an arrow function does not bear.
  return function createGuarded(namespace: Namespace): Adapter {
    const adapter = create(namespace);
    // The one way by which every adapter reaches its local sockets; declared private.
    const inner = adapter as unknown as { apply: (...args: unknown[]) => void };
    const apply = inner.apply.bind(adapter);
    inner.apply = (...args) => {
      if (probe.isTrusted) apply(...args);
    };
    return adapter;
  };
}

/**
 * The classic adapter leaves every `publish` uncaught: one broadcast while Redis is away would be
 * an unhandled rejection, which ends the process. Local sockets have had the message by then.
 */
function withCaughtPublish(publisher: RedisClientType): RedisClientType {
  const logger = new Logger('Redis adapter');
  return withOverrides(publisher, {
    publish: (channel: string, message: string) =>
      publisher.publish(channel, message).catch((error: unknown) => {
        logger.warn(`A broadcast reached this node only: ${String(error)}`);
      }),
  });
}

async function majorVersion(client: RedisClientType): Promise<number> {
  const info = await client.info('server');
  return Number(/^redis_version:(\d+)/m.exec(info)?.[1] ?? 0);
}
