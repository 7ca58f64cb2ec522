import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { RESOLVED_OPTIONS } from '../shared-session.module-definition.js';
import type { RedisClients } from './redis-clients.js';
import { permitted } from './refusals.js';

/** Of the options, those that a worker has too. */
interface CommandsOptions {
  readonly redis: Pick<RedisClients, 'commands'>;
}

/** How often Redis is asked for its time. */
const INTERVAL_MS = 10_000;
/** An answer that took longer tells too little of when it was given. */
const SLOW_MS = 500;

/**
 * The time as Redis has it, which is the same for all nodes: their own clocks may differ by an hour. Between two
 * answers the time goes on as this process's monotonic clock does, whatever happens to the system's.
 */
@Injectable()
export class RedisClock implements OnModuleInit, OnApplicationShutdown {
  /** To be added to `performance.now()`. The system's own clock until Redis has answered. */
  #offsetMs = Date.now() - performance.now();
  /** Whether Redis has answered: any answer is better than none. */
  #isKnown = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(@Inject(RESOLVED_OPTIONS) private readonly options: CommandsOptions) {}

  async onModuleInit(): Promise<void> {
    await permitted('TIME', this.#ask());
    this.#timer = setInterval(() => {
      // Redis is away, or slow: what is known of its time remains right for long.
      this.#ask().catch(() => undefined);
    }, INTERVAL_MS);
  }

  onApplicationShutdown(): void {
    clearInterval(this.#timer);
  }

  /** In ms since the epoch. */
  now(): number {
    return Math.round(performance.now() + this.#offsetMs);
  }

  async #ask(): Promise<void> {
    const askedAt = performance.now();
    const [seconds, microseconds] = await this.options.redis.commands.time();
    const answeredAt = performance.now();
    if (this.#isKnown && answeredAt - askedAt > SLOW_MS) return;
    this.#isKnown = true;
    const redisMs = Number(seconds) * 1000 + Number(microseconds) / 1000;
    this.#offsetMs = redisMs - (askedAt + answeredAt) / 2;
  }
}
