import { type BeforeApplicationShutdown, Inject, Injectable } from '@nestjs/common';
import {
  CodedError,
  type RedisClients,
  RedisReadiness,
  SignalProbe,
} from '../../shared-session/index.js';
import { REDIS_CLIENTS } from '../redis/redis.module.js';

/** Whether this node can do its work. */
@Injectable()
export class HealthService implements BeforeApplicationShutdown {
  #draining = false;

  constructor(
    @Inject(REDIS_CLIENTS) private readonly redis: RedisClients,
    private readonly probe: SignalProbe,
    private readonly readiness: RedisReadiness,
  ) {}

  beforeApplicationShutdown(): void {
    this.#draining = true;
  }

  /** @throws CodedError `UNAVAILABLE` while Redis is out of reach, signals are late, or the node drains */
  async assertReady(): Promise<void> {
    if (this.#draining) throw unavailable('This node is shutting down.');
    const { commands, publisher, subscriber } = this.redis;
    const isHearing = subscriber.isReady && this.probe.isFresh;
    if (!isHearing) throw unavailable('This node does not hear the others.');
    const working = [commands.ping(), publisher.ping(), this.readiness.check()];
    await Promise.all(working).catch((cause: unknown) => {
      throw unavailable('Redis is out of reach.', cause);
    });
  }
}

function unavailable(message: string, cause?: unknown): CodedError {
  return new CodedError('UNAVAILABLE', message, { cause });
}
