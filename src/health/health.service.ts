import { type BeforeApplicationShutdown, Inject, Injectable } from '@nestjs/common';
import { REDIS_CLIENTS } from '../redis/redis.module.js';
import type { RedisClients } from '../redis/redis-clients.js';
import { CodedError } from '../shared-session/index.js';

@Injectable()
export class HealthService implements BeforeApplicationShutdown {
  #draining = false;

  constructor(@Inject(REDIS_CLIENTS) private readonly redis: RedisClients) {}

  beforeApplicationShutdown(): void {
    this.#draining = true;
  }

  /** @throws CodedError `UNAVAILABLE` while Redis is out of reach or the node shuts down */
  async assertReady(): Promise<void> {
    if (this.#draining) throw new CodedError('UNAVAILABLE', 'This node is shutting down.');
    const { commands, publisher, subscriber } = this.redis;
    const inReach = await Promise.all([commands.ping(), publisher.ping()]).catch(() => null);
    if (!inReach || !subscriber.isReady) {
      throw new CodedError('UNAVAILABLE', 'Redis is out of reach.');
    }
  }
}
