import { Inject, Injectable, Logger } from '@nestjs/common';
import { RESOLVED_OPTIONS } from '../shared-session.module-definition.js';
import type { ResolvedOptions } from '../shared-session.options.js';
import { SessionKeys } from '../store/session-keys.js';
import { Budgets } from './budgets.js';
import { LimitHits } from './limit-hits.js';

/** Bounds how often an address tries to connect, over all nodes. */
@Injectable()
export class HandshakeLimits {
  readonly #logger = new Logger(HandshakeLimits.name);
  readonly #budgets: Budgets | null;

  constructor(
    @Inject(RESOLVED_OPTIONS) { rateLimits, redis }: ResolvedOptions,
    private readonly keys: SessionKeys,
    private readonly hits: LimitHits,
  ) {
    const { handshakes: rate } = rateLimits;
    const keyOf = (who: string) => this.keys.limit('handshakes', who);
    this.#budgets = rate ? new Budgets({ rate, commands: redis.commands, keyOf }) : null;
  }

  /**
   * @returns 0, or how long the address is to wait in ms. Never rejects: what cannot be counted passes, and whoever comes then still
   * needs a session
   */
  async take(address: string): Promise<number> {
    if (!this.#budgets) return 0;
    try {
      const retryAfterMs = await this.#budgets.take(address);
      if (retryAfterMs > 0) this.hits.tell({ limit: 'handshakes', address, retryAfterMs });
      return retryAfterMs;
    } catch (error) {
      this.#logger.error('Handshakes are not counted', error instanceof Error ? error.stack : '');
      return 0;
    }
  }
}
