import { EventEmitter } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import { ErrorReply } from 'redis';
import { SessionStoreUnavailableError } from '../shared-session.errors.js';
import { inTime } from '../redis/in-time.js';
import { PubSub } from '../redis/pub-sub.js';
import { CURE, isRefusal } from '../redis/refusals.js';
import { DEAF_MS } from './hearing-proof.js';
import { type Shard, Shards } from './shards.js';

/** What is told of a message: its bytes, and the channel that it came by. */
export type ChannelListener = (message: Buffer, channel: Buffer) => void;

const IN_FORCE_TIMEOUT_MS = 2000;
/** Between tries of a subscription that Redis refused: 50 ms doubling to 1 s. */
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1000;

/** A channel that is wanted, and whose subscription is not in force yet. */
interface Pending {
  readonly confirmed: Promise<void>;
  readonly confirm: () => void;
  /** When it was last known that nothing is missed there, by this process's monotonic clock. */
  readonly heardAt: number;
  /** Whether it was in force before, on another server. */
  readonly hasMoved: boolean;
}

interface SubscriptionEvents {
  /** What was sent on these channels may have been missed, and is not any more. */
  missed: [channels: ReadonlySet<string>];
}

/**
 * Keeps this node subscribed to the channels of its sessions and of their sockets' rooms, each on the server that it
 * belongs to now.
 *
 * A subscription that is in flight when the connection to Redis breaks would be lost, and its channel silent for
 * good. Here those of one turn of the event loop go together, are tried again until
 * they hold or nobody wants them, and a handshake can wait for its own.
 */
@Injectable()
export class Subscriptions extends EventEmitter<SubscriptionEvents> {
  readonly #logger = new Logger(Subscriptions.name);
  /** The channels that are wanted, each with who listens: one nearly always, and a connection has some channels. */
  readonly #wanted = new Map<string, ChannelListener | Set<ChannelListener>>();
  /** The channels that were asked for and not given back, each with where; nowhere while no server has it. */
  readonly #held = new Map<string, Shard | undefined>();
  /** The channels that became wanted or unwanted in this turn. */
  #touched = new Set<string>();
  readonly #pending = new Map<string, Pending>();
  #reconciled: Promise<void> | undefined;
  /** Whether the last try was refused: one line in the log for all of them. */
  #isRefused = false;

  constructor(
    private readonly shards: Shards,
    private readonly pubSub: PubSub,
  ) {
    super();
    shards.on('reconnected', (shard) => this.emit('missed', this.channelsOn(shard)));
    shards.on('moved', (channel, shard) => {
      this.#move(channel, shard);
    });
    shards.on('changed', () => {
      this.#follow();
    });
  }

  /** Lets a listener hear a channel from now on. */
  want(channel: string, listener: ChannelListener): Promise<void> {
    const known = this.#wanted.get(channel);
    this.#wanted.set(channel, known ? new Set(setOf(known)).add(listener) : listener);
    if (!this.#held.has(channel) && !this.#pending.has(channel)) this.#await(channel);
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
    for (const channel of channels) {
      const shard = this.#held.get(channel) ?? this.shards.of(channel);
      if (!shard?.client.isReady) throw new SessionStoreUnavailableError();
    }
    const pending = channels.flatMap((channel) => this.#pending.get(channel)?.confirmed ?? []);
    if (pending.length === 0) return;
    await inTime(
      Promise.all(pending),
      IN_FORCE_TIMEOUT_MS,
      () => new SessionStoreUnavailableError(),
    );
  }

  /** Whether there is a channel that {@link isDeafTo} may be true for. */
  get mayBeDeaf(): boolean {
    return this.#pending.size > 0 || this.shards.areDeaf;
  }

  /** Whether {@link isDeafTo} is true for every channel that is not listened to yet. */
  get isAllDeaf(): boolean {
    return this.shards.areAllDeaf;
  }

  /** Whether it is so long ago that this node was sure to hear a channel that what it knows may be wrong: 10 s, or longer. */
  isDeafTo(channel: string): boolean {
    const pending = this.#pending.get(channel);
    if (pending) return performance.now() - pending.heardAt >= DEAF_MS;
    return (this.#held.get(channel) ?? this.shards.of(channel))?.proof.isDeaf ?? true;
  }

  /** The channels that this node hears by way of a server. */
  channelsOn(shard: Shard): Set<string> {
    return new Set([...this.#held].flatMap(([channel, held]) => (held === shard ? channel : [])));
  }

  readonly #deliver: ChannelListener = (message, channel) => {
    const listeners = this.#wanted.get(channel.toString());
    if (typeof listeners === 'function') listeners(message, channel);
    else for (const listener of listeners ?? []) listener(message, channel);
  };

  #await(channel: string, before?: Shard): void {
    let confirm = (): void => undefined;
    const confirmed = new Promise<void>((resolve) => (confirm = resolve));
    const heardAt = before ? before.proof.provenAt : performance.now();
    const hasMoved = before !== undefined;
    this.#pending.set(channel, { confirmed, confirm, heardAt, hasMoved });
  }

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
    const unwanted = new Map<Shard, string[]>();
    const missing: string[] = [];
    for (const channel of touched) {
      const isHeld = this.#held.has(channel);
      if (this.#wanted.has(channel)) {
        if (!isHeld) missing.push(channel);
        continue;
      }
      this.#confirm(channel);
      const shard = this.#held.get(channel);
      if (shard) unwanted.set(shard, [...(unwanted.get(shard) ?? []), channel]);
      this.#held.delete(channel);
    }
    await Promise.all([
      ...[...unwanted].map(([shard, channels]) => this.#unsubscribe(shard, channels)),
      this.#subscribeAll(missing),
    ]);
  }

  /** Those of one slot together: a Cluster takes no others in one command. */
  async #subscribeAll(channels: readonly string[]): Promise<void> {
    const together = this.shards.grouped(channels);
    for (const channel of channels) this.#held.set(channel, this.shards.of(channel));
    await Promise.all(together.map((each) => this.#subscribe(each)));
  }

  /** Tries until it holds or nobody wants it. */
  async #subscribe(channels: readonly string[]): Promise<void> {
    // One that is given back and wanted again meanwhile waits for the next subscription, and so does one that moves.
    const asked = channels.map((channel) => [channel, this.#pending.get(channel)] as const);
    const isStillAsked = ([channel, pending]: (typeof asked)[number]): boolean =>
      this.#wanted.has(channel) && this.#pending.get(channel) === pending;
    let pauseMs = FIRST_PAUSE_MS;
    let missing = asked;
    while (missing.length > 0 && !this.shards.isClosed) {
      const names = missing.map(([channel]) => channel);
      const shard = this.shards.of(names[0] ?? '');
      try {
        if (!shard) throw new Error('No server has it.');
        for (const name of names) this.#held.set(name, shard);
        await this.pubSub.subscribe(shard.client, names, this.#deliver);
        this.#isRefused = false;
        const asked = missing.filter(isStillAsked);
        this.#confirmAll(asked.filter(([channel]) => this.shards.of(channel) === shard));
        // What has moved meanwhile is heard no more.
        missing = asked.filter(isStillAsked);
      } catch (error) {
        // One that is refused must not take the others along.
        if (error instanceof ErrorReply && missing.length > 1) {
          await Promise.all(names.map((channel) => this.#subscribe([channel])));
          return;
        }
        await this.#untilNextTry(error, names[0] ?? '', shard, pauseMs);
        pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
        missing = missing.filter(isStillAsked);
      }
    }
  }

  #confirmAll(channels: readonly (readonly [string, Pending | undefined])[]): void {
    const moved = channels.filter(([, pending]) => pending?.hasMoved);
    for (const [channel] of channels) this.#confirm(channel);
    if (moved.length > 0) this.emit('missed', new Set(moved.map(([channel]) => channel)));
  }

  #confirm(channel: string): void {
    this.#pending.get(channel)?.confirm();
    this.#pending.delete(channel);
  }

  /** A connection that broke says when it is back; one that is healthy and refused has to be asked. */
  async #untilNextTry(
    error: unknown,
    channel: string,
    shard: Shard | undefined,
    pauseMs: number,
  ): Promise<void> {
    if (shard && !shard.client.isReady) {
      await shard.nextChange();
      return;
    }
    if (isMoved(error)) this.shards.refresh(channel);
    else if (error instanceof ErrorReply && !this.#isRefused) {
      this.#isRefused = true;
      const cure = isRefusal(error) ? ` ${CURE}` : '';
      this.#logger.error(`Redis refuses a subscription: ${error.message}${cure}`);
    }
    await pause(pauseMs, undefined, { ref: false });
  }

  async #unsubscribe({ client }: Shard, channels: string[]): Promise<void> {
    const together = this.shards.grouped(channels);
    // A connection that breaks first has forgotten the subscriptions anyway.
    const unsubscribing = together.map((each) =>
      this.pubSub.unsubscribe(client, [...each], this.#deliver).catch(() => undefined),
    );
    await Promise.all(unsubscribing);
  }

  /** Moves what belongs to another server now. */
  #follow(): void {
    const moved = [...this.#held].filter(([channel, held]) => held !== this.shards.of(channel));
    this.#resubscribe(moved);
  }

  #move(channel: string, from: Shard): void {
    this.shards.refresh(channel);
    if (this.#held.get(channel) === from) this.#resubscribe([[channel, from]]);
  }

  #resubscribe(moved: readonly (readonly [string, Shard | undefined])[]): void {
    const channels = moved.flatMap(([channel, from]) => {
      // One that is not in force yet is being tried.
      if (this.#pending.has(channel)) return [];
      this.#await(channel, from);
      if (from) void this.#unsubscribe(from, [channel]);
      return channel;
    });
    void this.#subscribeAll(channels);
  }
}

function isMoved(error: unknown): boolean {
  return error instanceof ErrorReply && error.message.startsWith('MOVED');
}

function setOf(
  listeners: ChannelListener | Set<ChannelListener> | undefined,
): Iterable<ChannelListener> {
  return typeof listeners === 'function' ? [listeners] : (listeners ?? []);
}
