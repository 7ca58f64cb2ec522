import { randomUUID } from 'node:crypto';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import {
  SessionStoreUnavailableError,
  SharedSessionConfigError,
} from '../shared-session.errors.js';
import { RESOLVED_OPTIONS } from '../shared-session.module-definition.js';
import type { ResolvedOptions } from '../shared-session.options.js';
import { SessionKeys } from '../store/session-keys.js';
import { nameOnEach } from './redis-clients.js';
import { permitted } from './refusals.js';

/** How long an answer holds, in ms: whoever asks more often is told the last one. */
const GOOD_MS = 5000;
const BAD_MS = 1000;
/** A probe that nobody removed is gone after this, in ms. */
const PROBE_MS = 5000;

/** Whether Redis works, for a readiness check: not only that it answers, but that it takes what a node writes. */
@Injectable()
export class RedisReadiness implements OnModuleInit {
  #asked: Promise<void> | undefined;
  #holdsUntil = 0;

  constructor(
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
    private readonly keys: SessionKeys,
  ) {}

  /**
   * Asks at the start what is asked again and again.
   *
   * @throws SharedSessionConfigError where Redis does not permit it; otherwise a node starts, and is ready when Redis is
   */
  async onModuleInit(): Promise<void> {
    await this.check().catch((error: unknown) => {
      const cause = error instanceof Error ? error.cause : error;
      if (cause instanceof SharedSessionConfigError) throw cause;
    });
  }

  /**
   * Writes, reads and removes something on every server, at most every 5 s.
   *
   * @throws SessionStoreUnavailableError when one of them does not do that: it is away, read-only, has no memory left, or
   * allows too little
   */
  check(): Promise<void> {
    if (this.#asked && performance.now() < this.#holdsUntil) return this.#asked;
    // Meanwhile, whoever asks waits for this one.
    this.#holdsUntil = Infinity;
    const hold = (ms: number) => (): void => {
      this.#holdsUntil = performance.now() + ms;
    };
    this.#asked = this.#probe();
    this.#asked.then(hold(GOOD_MS), hold(BAD_MS));
    return this.#asked;
  }

  async #probe(): Promise<void> {
    const { redis, instance } = this.options;
    try {
      const keys = nameOnEach(redis.commands, (number) =>
        this.keys.readinessProbe(instance, number),
      );
      await Promise.all(keys.map((key) => this.#probeBy(key)));
    } catch (cause) {
      throw new SessionStoreUnavailableError(cause);
    }
  }

  async #probeBy(key: string): Promise<void> {
    const { commands } = this.options.redis;
    const written = randomUUID();
    const expiration = { type: 'PX', value: PROBE_MS } as const;
    // Sent together, and done in this order.
    const [, read] = await Promise.all([
      permitted('SET', commands.set(key, written, { expiration })),
      permitted('GET', commands.get(key)),
      permitted('DEL', commands.del(key)),
    ]);
    if (read !== written) throw new Error('Redis has something else than what it was given.');
  }
}
