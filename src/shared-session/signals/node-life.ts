import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { RESOLVED_OPTIONS } from '../shared-session.module-definition.js';
import type { ResolvedOptions } from '../shared-session.options.js';
import { permitted } from '../redis/refusals.js';
import { SessionKeys } from '../store/session-keys.js';

/** A node that has not said so for this long is dead, and so are its sockets. */
const ALIVE_SECONDS = 30;
const HEARTBEAT_MS = 10_000;

/** Says every 10 s that this node lives, and knows which others do: what a node counts in Redis counts while it lives. */
@Injectable()
export class NodeLife implements OnModuleInit, OnApplicationShutdown {
  /** How often this node came to life: at its start, and whenever it had counted as dead. */
  #lives = 0;
  readonly #listeners: ((isAnew: boolean) => void)[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
    private readonly keys: SessionKeys,
  ) {}

  async onModuleInit(): Promise<void> {
    await permitted('SET', this.#beat());
    this.#timer = setInterval(() => {
      // Redis is away: the node counts as dead until it is back.
      this.#beat().catch(() => undefined);
    }, HEARTBEAT_MS);
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.#timer);
    const { commands } = this.options.redis;
    if (!commands.isReady) return;
    // A Redis that hangs fails this, and must not fail the shutdown: the key runs out by itself.
    await commands.del(this.keys.nodeAlive(this.name)).catch(() => undefined);
  }

  /**
   * This life's name. A node that starts again, or comes back from the dead, must not vouch for the sockets it had before.
   */
  get name(): string {
    return `${this.options.instance}.${String(this.#lives)}`;
  }

  /**
   * Calls `listener` whenever Redis has heard that this node lives: `isAnew` if it counted as dead, was being forgotten, and has
   * another name since.
   */
  onBeat(listener: (isAnew: boolean) => void): void {
    this.#listeners.push(listener);
  }

  /** Those of these names whose nodes live. */
  async aliveAmong(names: readonly string[]): Promise<Set<string>> {
    if (names.length === 0) return new Set();
    const keys = names.map((name) => this.keys.nodeAlive(name));
    const found = await this.options.redis.commands.mGet(keys);
    return new Set(names.filter((_, index) => found[index] !== null));
  }

  async #beat(): Promise<void> {
    const { commands } = this.options.redis;
    const expiration = { type: 'EX', value: ALIVE_SECONDS } as const;
    const key = this.keys.nodeAlive(this.name);
    const isAnew = (await commands.set(key, '1', { expiration, condition: 'XX' })) === null;
    if (isAnew) {
      this.#lives += 1;
      await commands.set(this.keys.nodeAlive(this.name), '1', { expiration });
    }
    for (const listener of this.#listeners) listener(isAnew);
  }
}
