import { Inject, Injectable } from '@nestjs/common';
import type { RedisClientType } from 'redis';
import { SessionStoreUnavailableError } from '../shared-session.errors.js';
import { RESOLVED_OPTIONS } from '../shared-session.module-definition.js';
import type { ResolvedOptions } from '../shared-session.options.js';
import { withOverrides } from './with-overrides.js';

type RoomListener = (message: Buffer, channel: Buffer) => void;

const SETTLE_TIMEOUT_MS = 2000;

/**
 * Keeps this node subscribed to the rooms that its sockets are in.
 *
 * The Socket.IO adapter fires its subscriptions and forgets them: one that is in flight when the
 * connection to Redis breaks would be an unhandled rejection and a room that stays silent for good.
 * Here it is tried again until it holds or nobody wants it, and a handshake can wait for it.
 */
@Injectable()
export class RoomSubscriptions {
  /** The subscriber, as the adapter is given it. */
  readonly client: RedisClientType;

  readonly #subscriber: RedisClientType;
  readonly #wanted = new Set<string>();
  readonly #pending = new Set<Promise<void>>();
  #ready: Promise<void> | undefined;

  constructor(@Inject(RESOLVED_OPTIONS) { redis }: ResolvedOptions) {
    this.#subscriber = redis.subscriber;
    this.client = withOverrides(redis.subscriber, {
      sSubscribe: (channel: string, listener: RoomListener) => this.#subscribe(channel, listener),
      sUnsubscribe: (channels: string | string[]) => this.#unsubscribe(channels),
    });
  }

  /**
   * Resolves when every subscription asked for so far is in force.
   *
   * @throws SessionStoreUnavailableError when Redis does not confirm within 2 s
   */
  async settled(): Promise<void> {
    if (!this.#subscriber.isReady) throw new SessionStoreUnavailableError();
    if (this.#pending.size === 0) return;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(new SessionStoreUnavailableError());
      }, SETTLE_TIMEOUT_MS);
    });
    await Promise.race([Promise.all(this.#pending), late]).finally(() => {
      clearTimeout(timer);
    });
  }

  #subscribe(channel: string, listener: RoomListener): Promise<void> {
    this.#wanted.add(channel);
    const held = this.#hold(channel, listener).finally(() => this.#pending.delete(held));
    this.#pending.add(held);
    return held;
  }

  async #hold(channel: string, listener: RoomListener): Promise<void> {
    while (this.#wanted.has(channel) && this.#subscriber.isOpen) {
      try {
        await this.#subscriber.sSubscribe(channel, listener, true);
        return;
      } catch {
        await this.#nextReady();
      }
    }
  }

  async #unsubscribe(channels: string | string[]): Promise<void> {
    for (const channel of [channels].flat()) this.#wanted.delete(channel);
    // A connection that breaks first has forgotten the subscription anyway.
    await this.#subscriber.sUnsubscribe(channels).catch(() => undefined);
  }

  #nextReady(): Promise<void> {
    this.#ready ??= new Promise<void>((resolve) => {
      const proceed = (): void => {
        this.#ready = undefined;
        this.#subscriber.off('ready', proceed).off('end', proceed);
        resolve();
      };
      this.#subscriber.once('ready', proceed).once('end', proceed);
    });
    return this.#ready;
  }
}
