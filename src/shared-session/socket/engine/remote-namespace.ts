import { createAdapter, createShardedAdapter } from '@socket.io/redis-adapter';
import type { RedisClientType } from 'redis';
import type { Namespace } from 'socket.io';
import type { Adapter } from 'socket.io-adapter';
import type { PubSub } from '../../redis/pub-sub.js';
import type { SessionKeys } from '../../store/session-keys.js';
import { RoomChannel } from './room-channel.js';

/** An event, as Socket.IO's protocol numbers packets. */
const EVENT = 2;

/** By what a message goes out. */
export interface Outlet {
  readonly client: Pick<RedisClientType, 'publish' | 'sPublish'>;
  readonly keys: SessionKeys;
  readonly pubSub: PubSub;
}

/**
 * A namespace that has its sockets on other nodes alone. It publishes by the code of the adapter that the nodes have,
 * so they take each message for one of another node, whatever form it has.
 */
export class RemoteNamespace {
  readonly #adapter: Adapter;
  /** What the adapter published last: it tells nobody whether that went well. */
  #published: Promise<number> | undefined;

  constructor(name: string, { client, keys, pubSub }: Outlet) {
    const note = (published: Promise<number>): Promise<void> => {
      this.#published = published;
      return Promise.resolve();
    };
    const publisher = outwardOnly({
      publish: (channel: string, message: string) => note(client.publish(channel, message)),
      sPublish: (own: string, text: string | Buffer) => {
        const { channel, message } = new RoomChannel(own, keys).post(text);
        return note(client.sPublish(channel, message));
      },
    });
    const { adapterChannel } = keys;
    // As the nodes' own adapter is made.
    const create = pubSub.isSharded
      ? createShardedAdapter(publisher, publisher, {
          channelPrefix: adapterChannel,
          subscriptionMode: 'dynamic',
        })
      : createAdapter(publisher, publisher, { key: adapterChannel });
    this.#adapter = create(withoutSockets(name));
  }

  /**
   * Emits to a room.
   *
   * @returns how many nodes Redis gave it to
   * @throws TypeError for data that JSON cannot hold
   */
  emit(room: string, event: string, data: readonly unknown[]): Promise<number> {
    const packet = { type: EVENT, data: [event, ...data] };
    this.#adapter.broadcast(packet, { rooms: new Set([room]), except: new Set(), flags: {} });
    const published = this.#takePublished();
    if (!published) throw whyUnpublished(data);
    return published;
  }

  #takePublished(): Promise<number> | undefined {
    const published = this.#published;
    this.#published = undefined;
    return published;
  }
}

/** The adapter keeps to itself what it could not encode. */
function whyUnpublished(data: readonly unknown[]): Error {
  try {
    JSON.stringify(data);
  } catch (error) {
    return error as Error;
  }
  return new Error('This version of the Socket.IO adapter is not known: nothing was published.');
}

/** Of a client, what adapters call; they subscribe to nothing by it. */
function outwardOnly(publishing: object): RedisClientType {
  const ignore = (): void => undefined;
  const names = ['on', 'subscribe', 'pSubscribe', 'sSubscribe'];
  const ignored = Object.fromEntries(names.map((name) => [name, ignore]));
  return { ...ignored, ...publishing } as unknown as RedisClientType;
}

/** Of a namespace, what adapters read. */
function withoutSockets(name: string): Namespace {
  const server = { encoder: { encode: () => [] }, opts: {} };
  return { name, server, sockets: new Map() } as unknown as Namespace;
}
