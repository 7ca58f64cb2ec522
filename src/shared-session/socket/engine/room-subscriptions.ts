import { Inject, Injectable } from '@nestjs/common';
import type { RedisClientType } from 'redis';
import { SessionStoreUnavailableError } from '../../shared-session.errors.js';
import { RESOLVED_OPTIONS } from '../../shared-session.module-definition.js';
import type { ResolvedOptions } from '../../shared-session.options.js';
import { withOverrides } from './with-overrides.js';

type RoomListener = (message: Buffer, channel: Buffer) => void;

const SETTLE_TIMEOUT_MS = 2000;

/**
 * Keeps this node subscribed to the rooms that its sockets are in.
 *
 * The Socket.IO adapter fires its subscriptions one by one and forgets them: one that is in flight
 * when the connection to Redis breaks would be an unhandled rejection and a room that stays silent
 * for good. Here those of one turn of the event loop go as one command, which is tried again until
 * it holds or nobody wants it, and a handshake can wait for it.
 */
@Injectable()
export class RoomSubscriptions {
  /** The subscriber, as the adapter is given it. */
  readonly client: RedisClientType;

  readonly #subscriber: RedisClientType;
  /** The channels that the adapter wants, each with the listener of its namespace. */
  readonly #wanted = new Map<string, RoomListener>();
  /** The channels that were asked for and not given back. */
  readonly #held = new Set<string>();
  /** The channels that became wanted or unwanted in this turn. */
  #touched = new Set<string>();
  #reconciled: Promise<void> | undefined;
  readonly #pending = new Set<Promise<void>>();
  #ready: Promise<void> | undefined;

  constructor(@Inject(RESOLVED_OPTIONS) { redis }: ResolvedOptions) {
    this.#subscriber = redis.subscriber;
    this.client = withOverrides(redis.subscriber, {
      sSubscribe: (channel: string, listener: RoomListener) => {
        this.#wanted.set(channel, listener);
        return this.#reconcileLater(channel);
      },
      sUnsubscribe: (channel: string) => {
        this.#wanted.delete(channel);
        return this.#reconcileLater(channel);
      },
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

  /** Once for all channels of this turn of the event loop. */
  #reconcileLater(channel: string): Promise<void> {
    this.#touched.add(channel);
    if (this.#reconciled) return this.#reconciled;
    const turnEnd = new Promise<void>((resolve) => {
      process.nextTick(resolve);
    });
    const reconciled = turnEnd
      .then(() => this.#reconcile())
      .finally(() => this.#pending.delete(reconciled));
    this.#pending.add(reconciled);
    return (this.#reconciled = reconciled);
  }

  /** Brings what this node is subscribed to in line with what is wanted of the touched channels. */
  async #reconcile(): Promise<void> {
    const touched = this.#touched;
    this.#touched = new Set();
    this.#reconciled = undefined;
    const unwanted: string[] = [];
    const missing = new Map<RoomListener, string[]>();
    for (const channel of touched) {
      const listener = this.#wanted.get(channel);
      if (listener && !this.#held.has(channel)) {
        this.#held.add(channel);
        missing.set(listener, [...(missing.get(listener) ?? []), channel]);
      } else if (!listener && this.#held.delete(channel)) unwanted.push(channel);
    }
    const subscriptions = [...missing].map(([listener, channels]) =>
      this.#subscribe(channels, listener),
    );
    await Promise.all([this.#unsubscribe(unwanted), ...subscriptions]);
  }

  async #subscribe(channels: string[], listener: RoomListener): Promise<void> {
    let missing = channels;
    while (missing.length > 0 && this.#subscriber.isOpen) {
      try {
        await this.#subscriber.sSubscribe(missing, listener, true);
        return;
      } catch {
        await this.#nextReady();
        missing = missing.filter((channel) => this.#wanted.has(channel));
      }
    }
  }

  async #unsubscribe(channels: string[]): Promise<void> {
    if (channels.length === 0) return;
    // A connection that breaks first has forgotten the subscriptions anyway.
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
