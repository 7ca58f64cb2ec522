import { Inject, Injectable } from '@nestjs/common';
import type { RedisClientType } from 'redis';
import { RESOLVED_OPTIONS } from '../../shared-session.module-definition.js';
import type { ResolvedOptions } from '../../shared-session.options.js';
import { type ChannelListener, Subscriptions } from '../../signals/subscriptions.js';
import { SessionKeys } from '../../store/session-keys.js';
import { RoomChannel } from './room-channel.js';
import { withOverrides } from './with-overrides.js';

/**
 * Keeps this node subscribed to the rooms that its sockets are in. The Socket.IO adapter fires its subscriptions one by
 * one and forgets them; these are made by {@link Subscriptions}, and a handshake can wait for its own.
 */
@Injectable()
export class RoomSubscriptions {
  constructor(
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
    private readonly keys: SessionKeys,
    private readonly subscriptions: Subscriptions,
  ) {}

  /** The subscriber, as one adapter is given it: what it gives back is not taken from another one. */
  view(): RedisClientType {
    const listeners = new Map<string, ChannelListener>();
    return withOverrides(this.options.redis.subscriber, {
      sSubscribe: (name: string, listener: ChannelListener) => {
        const channel = new RoomChannel(name, this.keys);
        const heard = channel.listener(listener);
        listeners.set(name, heard);
        return this.subscriptions.want(channel.name, heard);
      },
      sUnsubscribe: (name: string) => {
        const heard = listeners.get(name);
        listeners.delete(name);
        return heard && this.subscriptions.giveBack(new RoomChannel(name, this.keys).name, heard);
      },
    });
  }

  /**
   * Resolves when the subscriptions to these rooms are in force.
   *
   * @throws SessionStoreUnavailableError when Redis does not confirm within 2 s
   */
  settled(namespace: string, rooms: readonly string[]): Promise<void> {
    // As the sharded adapter names it; the classic one has no channel of a room's own.
    const channels = rooms.map((room) => `${this.keys.adapterChannel}#${namespace}#${room}#`);
    return this.subscriptions.inForce(
      channels.map((channel) => new RoomChannel(channel, this.keys).name),
    );
  }
}
