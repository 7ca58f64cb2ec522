import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { SharedSessionConfigError } from '../shared-session.errors.js';
import { Announcer } from '../diagnostics/announcer.js';
import { diagnosticsChannel } from '../diagnostics/channels.js';
import { RESOLVED_OPTIONS } from '../shared-session.module-definition.js';
import type { ResolvedOptions } from '../shared-session.options.js';
import { nameByTrying } from '../redis/name-by-trying.js';
import { PubSub } from '../redis/pub-sub.js';
import { permitted, refusalReporter } from '../redis/refusals.js';
import { SessionKeys } from '../store/session-keys.js';
import { type Shard, Shards } from './shards.js';

const deaf = diagnosticsChannel('probe.deaf');
const fresh = diagnosticsChannel('probe.fresh');

/** How often a node calls itself. */
const INTERVAL_MS = 1000;
/** From here on sockets are closed, so that their clients find a node that works. */
const CLOSE_MS = 30_000;

/**
 * Proves, again and again, that this node still hears signals: it publishes to a channel of its own on each shard
 * every second and waits to hear itself. A half-open subscriber connection cannot be found in
 * another way; both ends call it ready, and nothing arrives.
 *
 * @see https://github.com/centrifugal/centrifugo/issues/1189 the same bug elsewhere
 */
@Injectable()
export class SignalProbe implements OnModuleInit, OnApplicationShutdown {
  readonly #logger = new Logger(SignalProbe.name);
  readonly #reportRefusal = refusalReporter();
  /** By which channel each shard is called, and who listens there. */
  readonly #calls = new Map<Shard, { channel: string; listener: (message: Buffer) => void }>();
  /** The shards that were told to be deaf. */
  readonly #toldDeaf = new WeakSet<Shard>();
  #timer: NodeJS.Timeout | undefined;
  #recover: (shard: Shard) => Promise<void> = () => Promise.resolve();
  #close: (shard: Shard) => void = () => undefined;

  constructor(
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
    private readonly keys: SessionKeys,
    private readonly pubSub: PubSub,
    private readonly shards: Shards,
    private readonly announcer: Announcer,
  ) {}

  /** Whether this node may take new traffic: it has proved for every shard, within 3 s, that it hears there. */
  get isFresh(): boolean {
    return this.shards.all().every(({ proof }) => proof.isFresh);
  }

  /** Whether a shard's last proof is too old to let events of its sessions in or out: 10 s, or older. */
  get isDeaf(): boolean {
    return this.shards.areDeaf;
  }

  /**
   * @param recover looks at every session that listens on a shard which was late, before it is fresh again
   * @param close closes the sockets of a shard that stays deaf
   */
  onDeafness(recover: (shard: Shard) => Promise<void>, close: (shard: Shard) => void): void {
    this.#recover = recover;
    this.#close = close;
  }

  async onModuleInit(): Promise<void> {
    await Promise.all(this.shards.all().map((shard) => this.#begin(shard)));
    for (const { proof } of this.shards.all()) proof.provenAt = performance.now();
    this.#timer = setInterval(() => void this.#callAll(), INTERVAL_MS);
  }

  onApplicationShutdown(): void {
    clearInterval(this.#timer);
    for (const [{ client }, { channel, listener }] of this.#calls) {
      // Not waited for: the client is closed next, and a Redis that hangs must not hold the process up.
      if (client.isReady) {
        this.pubSub.unsubscribe(client, [channel], listener).catch(() => undefined);
      }
    }
  }

  /** @throws SharedSessionConfigError where Redis does not permit the one or the other */
  async #begin(shard: Shard): Promise<void> {
    const { subscribeCommand, publishCommand } = this.pubSub;
    const { channel } = await permitted(subscribeCommand, this.#listen(shard));
    await permitted(publishCommand, this.#publish(channel)).catch((error: unknown) => {
      if (error instanceof SharedSessionConfigError) throw error;
      // As if it was lost.
    });
  }

  async #callAll(): Promise<void> {
    const shards = this.shards.all();
    for (const shard of this.#calls.keys()) if (!shards.includes(shard)) this.#calls.delete(shard);
    await Promise.all(shards.map((shard) => this.#call(shard)));
  }

  /** A call that fails needs no handling: the proof grows old, as it does when a call is lost. */
  async #call(shard: Shard): Promise<void> {
    if (shard.proof.isDeaf) this.#tellDeaf(shard);
    if (shard.proof.age >= CLOSE_MS) this.#close(shard);
    try {
      const { channel } = await this.#listen(shard);
      await this.#publish(channel);
    } catch {
      // As if it was lost.
    }
  }

  #publish(channel: string): Promise<void> {
    const sentAt = String(performance.now());
    return this.pubSub.publish(this.options.redis.publisher, channel, sentAt);
  }

  /** Listens on a channel of a shard, another one where the last has moved to another shard. */
  async #listen(shard: Shard): Promise<{ channel: string }> {
    const known = this.#calls.get(shard);
    if (known && this.shards.of(known.channel) === shard) return known;
    const channel = this.#channelOf(shard);
    const listener = (message: Buffer): void => void this.#hear(shard, Number(message));
    const call = { channel, listener };
    this.#calls.set(shard, call);
    try {
      await this.pubSub.subscribe(shard.client, [channel], listener);
    } catch (error) {
      if (this.#calls.get(shard) === call) this.#calls.delete(shard);
      this.#reportRefusal(error);
      throw error;
    }
    return call;
  }

  #channelOf(shard: Shard): string {
    const channelOf = (number: number) => this.keys.probeChannel(this.options.instance, number);
    return nameByTrying(channelOf, (channel) => this.shards.of(channel) === shard);
  }

  async #hear(shard: Shard, sentAt: number): Promise<void> {
    const silentMs = shard.proof.age;
    if (await shard.proof.hear(sentAt, () => this.#recover(shard))) {
      this.#logger.log('Hears signals again; every session was looked at');
      this.#toldDeaf.delete(shard);
      if (fresh.hasSubscribers) this.announcer.announce(fresh, { silentMs });
    }
  }

  #tellDeaf(shard: Shard): void {
    if (this.#toldDeaf.has(shard)) return;
    this.#toldDeaf.add(shard);
    if (deaf.hasSubscribers) this.announcer.announce(deaf, { silentMs: shard.proof.age });
  }
}
