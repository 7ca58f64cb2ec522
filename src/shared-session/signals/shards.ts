import { EventEmitter } from 'node:events';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { RedisClientType } from 'redis';
import type { RedisServers } from '../redis/redis-servers.js';
import { RESOLVED_OPTIONS } from '../shared-session.module-definition.js';
import type { ResolvedOptions } from '../shared-session.options.js';
import { serversOf } from '../redis/redis-clients.js';
import { HearingProof } from './hearing-proof.js';

/** A Redis server on which this node listens: the connection, and what proves that it hears there. */
export class Shard {
  readonly proof = new HearingProof();
  readonly #onReady: () => void;
  readonly #onMoved: (channel: string) => void;
  #nextChange: { done: Promise<void>; resolve: () => void } | undefined;

  constructor(
    readonly client: RedisClientType,
    told: { reconnected: () => void; moved: (channel: string) => void },
  ) {
    this.#onReady = () => {
      this.#changed();
      told.reconnected();
    };
    this.#onMoved = (channel) => {
      told.moved(channel);
    };
    client.on('ready', this.#onReady).on('sharded-channel-moved', this.#onMoved);
  }

  /** Resolves when a connection that broke is back, or another one takes its place. */
  nextChange(): Promise<void> {
    let resolve = (): void => undefined;
    this.#nextChange ??= {
      done: new Promise((done) => (resolve = done)),
      resolve: () => {
        resolve();
      },
    };
    return this.#nextChange.done;
  }

  leave(): void {
    this.client.off('ready', this.#onReady).off('sharded-channel-moved', this.#onMoved);
    this.#changed();
  }

  #changed(): void {
    this.#nextChange?.resolve();
    this.#nextChange = undefined;
  }
}

interface ShardEvents {
  /** A connection was made anew: what was sent meanwhile by way of it is lost. */
  reconnected: [shard: Shard];
  /** A channel is not heard on this server any more: its slot has moved to another one. */
  moved: [channel: string, shard: Shard];
  /** A channel may belong to another server than before. */
  changed: [];
}

/** The Redis servers on which this node listens: one, the master of the day, or the masters of a Cluster. */
@Injectable()
export class Shards extends EventEmitter<ShardEvents> implements OnApplicationShutdown {
  readonly #servers: RedisServers;
  readonly #byClient = new Map<RedisClientType, Shard>();

  constructor(@Inject(RESOLVED_OPTIONS) { redis }: ResolvedOptions) {
    super();
    this.#servers = serversOf(redis);
    this.#servers.onChange(() => {
      this.#adapt();
    });
    this.#adapt();
  }

  /** Whether the application is shutting down. */
  isClosed = false;

  onApplicationShutdown(): void {
    this.isClosed = true;
    this.#servers.stop();
    for (const shard of this.all()) this.#forget(shard);
  }

  /** The server that has a channel; undefined while none has it. */
  of(channel: string): Shard | undefined {
    const client = this.#servers.of(channel);
    return client && this.#shardOf(client);
  }

  /** Channels that may be subscribed to by one command, together. */
  grouped(channels: readonly string[]): string[][] {
    const groups = new Map<number, string[]>();
    for (const channel of channels) {
      const slot = this.#servers.slotOf(channel);
      const group = groups.get(slot);
      if (group) group.push(channel);
      else groups.set(slot, [channel]);
    }
    return [...groups.values()];
  }

  /** Whether signals of some sessions at least come no more. */
  get areDeaf(): boolean {
    for (const { proof } of this.#byClient.values()) if (proof.isDeaf) return true;
    return false;
  }

  /** Whether no signal of any session comes. */
  get areAllDeaf(): boolean {
    for (const { proof } of this.#byClient.values()) if (!proof.isDeaf) return false;
    return true;
  }

  all(): Shard[] {
    return [...this.#byClient.values()];
  }

  /** Asks Redis anew which server has a channel. */
  refresh(channel: string): void {
    this.#servers.refresh(channel);
  }

  /** Brings the shards in line with the servers that there are. */
  #adapt(): void {
    const clients = new Set(this.#servers.all());
    for (const shard of this.all()) if (!clients.has(shard.client)) this.#forget(shard);
    for (const client of clients) this.#shardOf(client);
    this.emit('changed');
  }

  #shardOf(client: RedisClientType): Shard {
    const known = this.#byClient.get(client);
    if (known) return known;
    const shard: Shard = new Shard(client, {
      reconnected: () => this.emit('reconnected', shard),
      moved: (channel) => this.emit('moved', channel, shard),
    });
    this.#byClient.set(client, shard);
    return shard;
  }

  #forget(shard: Shard): void {
    shard.leave();
    this.#byClient.delete(shard.client);
  }
}
