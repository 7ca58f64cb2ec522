import { Logger } from '@nestjs/common';
import { RedisAdapter } from '@socket.io/redis-adapter';
import type { RedisClientType } from 'redis';
import type { Namespace, Socket } from 'socket.io';
import type { Adapter, BroadcastOptions } from 'socket.io-adapter';
import type { SessionSignals } from '../../signals/session-signals.js';
import type { Shards } from '../../signals/shards.js';
import { withOverrides } from './with-overrides.js';

/**
 * Delivers nothing to rooms while this node cannot know which sessions have ended: after the process
 * was stopped for a while, say, with broadcasts and ends waiting side by side in its connections.
 * Clients notice the gap and ask for what they missed.
 */
export interface Silence {
  /** What an adapter is given to hear the other nodes by. */
  hears(subscriber: RedisClientType): RedisClientType;
  /** To be called for each adapter that was made. */
  holds(adapter: Adapter): void;
}

/** Whether this node cannot know which sessions have ended, some of them at least. */
export type Deafness = Pick<SessionSignals, 'mayBeDeaf' | 'isDeafTo'> & Pick<Shards, 'areDeaf'>;
type AdapterClass = new (namespace: Namespace) => Adapter;
type Apply = (options: unknown, tell: (socket: Socket) => void) => void;
type RoomListener = (...args: unknown[]) => void;

/** The in-memory adapter of Socket.IO, which all others extend and reach their own sockets by. */
const InMemoryAdapter = Object.getPrototypeOf(RedisAdapter) as AdapterClass;

/** By the adapter's private part, if it is what it was; by public ones otherwise. */
export function chooseSilence(deafness: Deafness, base = InMemoryAdapter): Silence {
  if (reachesSocketsByApply(base)) return silenceByApply(deafness);
  new Logger('Redis adapter').warn(
    'This version of Socket.IO is not known. While this node is deaf, it also misses what other nodes ask of it.',
  );
  return silenceByPublicParts(deafness);
}

/** The one way by which every adapter reaches its local sockets; declared private. */
export function silenceByApply(deafness: Deafness): Silence {
  return {
    hears: (subscriber) => subscriber,
    holds: (adapter) => {
      const inner = adapter as unknown as { apply: Apply };
      const apply = inner.apply.bind(adapter);
      inner.apply = (options, tell) => {
        if (!deafness.mayBeDeaf) {
          apply(options, tell);
          return;
        }
        apply(options, (socket) => {
          const { handle } = socket.data as { handle?: string };
          if (handle === undefined || !deafness.isDeafTo(handle)) tell(socket);
        });
      };
    },
  };
}

/** Coarser: what other nodes say is dropped as a whole, be it a broadcast or a question. */
export function silenceByPublicParts(deafness: Deafness): Silence {
  return {
    hears: (subscriber) => hearingNothingWhileDeaf(subscriber, deafness),
    holds: (adapter) => {
      const outward = (options: BroadcastOptions): BroadcastOptions =>
        deafness.areDeaf ? exceptOwnSockets(adapter, options) : options;
      const broadcast = adapter.broadcast.bind(adapter);
      const broadcastWithAck = adapter.broadcastWithAck.bind(adapter);
      adapter.broadcast = (packet, options) => {
        broadcast(packet, outward(options));
      };
      adapter.broadcastWithAck = (packet, options, ...callbacks) => {
        broadcastWithAck(packet, outward(options), ...callbacks);
      };
    },
  };
}

/** Whether a broadcast of such an adapter passes through its `apply`. */
function reachesSocketsByApply(base: AdapterClass): boolean {
  try {
    const server = { encoder: { encode: () => [] } };
    // Only what an adapter reads of it.
    const adapter = new base({ name: '/', server, sockets: new Map() } as unknown as Namespace);
    let hasPassed = false;
    const apply = () => (hasPassed = true);
    Object.assign(adapter, { apply });
    adapter.broadcast({ type: 2, data: [] }, { rooms: new Set(), except: new Set() });
    return hasPassed;
  } catch {
    return false;
  }
}

function exceptOwnSockets({ rooms, sids }: Adapter, options: BroadcastOptions): BroadcastOptions {
  const isToAll = options.rooms.size === 0;
  const own = isToAll
    ? sids.keys()
    : [...options.rooms].flatMap((room) => [...(rooms.get(room) ?? [])]);
  return { ...options, except: new Set([...(options.except ?? []), ...own]) };
}

const SUBSCRIPTIONS = [
  'subscribe',
  'pSubscribe',
  'sSubscribe',
  'unsubscribe',
  'pUnsubscribe',
  'sUnsubscribe',
] as const;

function hearingNothingWhileDeaf(subscriber: RedisClientType, deafness: Deafness): RedisClientType {
  const guarded = new Map<RoomListener, RoomListener>();
  const guard = (listener: RoomListener): RoomListener => {
    const known = guarded.get(listener);
    if (known) return known;
    const made: RoomListener = (...message) => {
      if (!deafness.areDeaf) listener(...message);
    };
    guarded.set(listener, made);
    return made;
  };
  const overrides = SUBSCRIPTIONS.map((name) => {
    const guarding = (channel: unknown, listener?: RoomListener, ...rest: unknown[]): unknown =>
      Reflect.apply(subscriber[name], subscriber, [channel, listener && guard(listener), ...rest]);
    return [name, guarding] as const;
  });
  return withOverrides(subscriber, Object.fromEntries(overrides));
}
