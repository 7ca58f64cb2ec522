import { setTimeout as pause } from 'node:timers/promises';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { ErrorReply, type RedisClientType } from 'redis';
import { SessionStoreUnavailableError } from '../shared-session.errors.js';
import { RESOLVED_OPTIONS } from '../shared-session.module-definition.js';
import type { ResolvedOptions } from '../shared-session.options.js';
import { inTime } from '../store/in-time.js';
import { PubSub } from '../store/pub-sub.js';

/** What is told of a message: its bytes, and the channel that it came by. */
export type ChannelListener = (message: Buffer, channel: Buffer) => void;

const IN_FORCE_TIMEOUT_MS = 2000;
/** Between tries of a subscription that Redis refused: 50 ms doubling to 1 s. */
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1000;

/**
 * Keeps this node subscribed to the channels of its sessions and of their sockets' rooms.
 *
 * A subscription that is in flight when the connection to Redis breaks would be lost, and its channel silent for
 * good. Here those of one turn of the event loop go as one command, which is tried again until
 * it holds or nobody wants it, and a handshake can wait for its own.
 */
@Injectable()
export class Subscriptions {
  readonly #logger = new Logger(Subscriptions.name);
  readonly #subscriber: RedisClientType;
  /** The channels that are wanted, each with who listens: one nearly always, and a connection has some channels. */
  readonly #wanted = new Map<string, ChannelListener | Set<ChannelListener>>();
  /** The channels that were asked for and not given back. */
  readonly #held = new Set<string>();
  /** The channels that became wanted or unwanted in this turn. */
  #touched = new Set<string>();
  /** The wanted channels whose subscription is not in force yet, each with whom to tell when it is. */
  readonly #pending = new Map<string, { confirmed: Promise<void>; confirm: () => void }>();
  #reconciled: Promise<void> | undefined;
  #ready: Promise<void> | undefined;
  /** Whether the last try was refused: one line in the log for all of them. */
  #isRefused = false;

  constructor(
    @Inject(RESOLVED_OPTIONS) { redis }: ResolvedOptions,
    private readonly pubSub: PubSub,
  ) {
    this.#subscriber = redis.subscriber;
  }

  /** Lets a listener hear a channel from now on. */
  want(channel: string, listener: ChannelListener): Promise<void> {
    const known = this.#wanted.get(channel);
    this.#wanted.set(channel, known ? new Set(setOf(known)).add(listener) : listener);
    if (!this.#held.has(channel) && !this.#pending.has(channel)) {
      let confirm = (): void => undefined;
      const confirmed = new Promise<void>((resolve) => (confirm = resolve));
      this.#pending.set(channel, { confirmed, confirm });
    }
    return this.#reconcileLater(channel);
  }

  giveBack(channel: string, listener: ChannelListener): Promise<void> {
    const left = new Set(setOf(this.#wanted.get(channel)));
    left.delete(listener);
    if (left.size === 0) this.#wanted.delete(channel);
    else this.#wanted.set(channel, left);
    return this.#reconcileLater(channel);
  }

  /**
   * Resolves when the subscriptions to these channels are in force.
   *
   * @throws SessionStoreUnavailableError when Redis does not confirm within 2 s
   */
  async inForce(channels: readonly string[]): Promise<void> {
    if (!this.#subscriber.isReady) throw new SessionStoreUnavailableError();
    const pending = channels.flatMap((channel) => this.#pending.get(channel)?.confirmed ?? []);
    if (pending.length === 0) return;
    await inTime(
      Promise.all(pending),
      IN_FORCE_TIMEOUT_MS,
      () => new SessionStoreUnavailableError(),
    );
  }

  readonly #deliver: ChannelListener = (message, channel) => {
    const listeners = this.#wanted.get(channel.toString());
    if (typeof listeners === 'function') listeners(message, channel);
    else for (const listener of listeners ?? []) listener(message, channel);
  };

  /** Once for all channels of this turn of the event loop. */
  #reconcileLater(channel: string): Promise<void> {
    this.#touched.add(channel);
    this.#reconciled ??= new Promise<void>((resolve) => {
      process.nextTick(resolve);
    }).then(() => this.#reconcile());
    return this.#reconciled;
  }

  /** Brings what this node is subscribed to in line with what is wanted of the touched channels. */
  async #reconcile(): Promise<void> {
    const touched = this.#touched;
    this.#touched = new Set();
    this.#reconciled = undefined;
    const unwanted: string[] = [];
    const missing: string[] = [];
    for (const channel of touched) {
      if (this.#wanted.has(channel)) {
        if (!this.#held.has(channel)) missing.push(channel);
        this.#held.add(channel);
      } else {
        this.#confirm(channel);
        if (this.#held.delete(channel)) unwanted.push(channel);
      }
    }
    await Promise.all([this.#unsubscribe(unwanted), this.#subscribe(missing)]);
  }

  /** Tries until it holds or nobody wants it. */
  async #subscribe(channels: readonly string[]): Promise<void> {
    // One that is given back and wanted again meanwhile waits for the next subscription.
    const asked = channels.map((channel) => [channel, this.#pending.get(channel)] as const);
    let pauseMs = FIRST_PAUSE_MS;
    let missing = [...channels];
    while (missing.length > 0 && this.#subscriber.isOpen) {
      try {
        await this.pubSub.subscribe(this.#subscriber, missing, this.#deliver);
        this.#isRefused = false;
        for (const [channel, pending] of asked) {
          if (this.#pending.get(channel) === pending) this.#confirm(channel);
        }
        return;
      } catch (error) {
        // One that is refused must not take the others along.
        if (error instanceof ErrorReply && missing.length > 1) {
          await Promise.all(missing.map((channel) => this.#subscribe([channel])));
          return;
        }
        await this.#untilNextTry(error, pauseMs);
        pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
        missing = missing.filter((channel) => this.#wanted.has(channel));
      }
    }
  }

  #confirm(channel: string): void {
    this.#pending.get(channel)?.confirm();
    this.#pending.delete(channel);
  }

  /** A connection that broke says when it is back; one that is healthy and refused has to be asked. */
  async #untilNextTry(error: unknown, pauseMs: number): Promise<void> {
    if (!this.#subscriber.isReady) {
      await this.#nextReady();
      return;
    }
    if (error instanceof ErrorReply && !this.#isRefused) {
      this.#isRefused = true;
      this.#logger.error(`Redis refuses a subscription: ${error.message}`);
    }
    await pause(pauseMs, undefined, { ref: false });
  }

  async #unsubscribe(channels: string[]): Promise<void> {
    if (channels.length === 0) return;
    // A connection that breaks first has forgotten the subscriptions anyway.
    await this.pubSub.unsubscribe(this.#subscriber, channels, this.#deliver).catch(() => undefined);
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

function setOf(
  listeners: ChannelListener | Set<ChannelListener> | undefined,
): Iterable<ChannelListener> {
  return typeof listeners === 'function' ? [listeners] : (listeners ?? []);
}
