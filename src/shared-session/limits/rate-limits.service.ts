import { Inject, Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { RESOLVED_OPTIONS } from '../shared-session.module-definition.js';
import type { ResolvedOptions } from '../shared-session.options.js';
import { SessionKeys } from '../store/session-keys.js';
import { ClientNetworks } from './client-networks.js';
import { LimitHits } from './limit-hits.js';
import { isWindow, type Window } from './rate.js';
import { RateLimit } from './rate-limit.js';

/**
 * Makes limits of the application's own that hold over all nodes, such as of sign-ins. With the option `limits: false` they let
 * everything pass.
 *
 * @example
 * this.signIns = limits.window('sign-ins', { limit: 60, seconds: 60 });
 * …
 * await this.signIns.take(request.ip ?? '', request);
 */
@Injectable()
export class RateLimits {
  constructor(
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
    private readonly keys: SessionKeys,
    private readonly hits: LimitHits,
    private readonly networks: ClientNetworks,
  ) {}

  /**
   * A limit of so many in so many seconds, counted from the first.
   *
   * @param name its own among the application's limits; clients see it
   * @throws RangeError for a name that is none, or numbers that are no window
   */
  window(name: string, window: Window): RateLimit {
    if (!/^[a-z][a-z0-9-]*$/.test(name))
      throw new RangeError(
        `A limit's name is in small letters, digits and hyphens, not "${name}".`,
      );
    if (!isWindow(window))
      throw new RangeError(`The limit "${name}" needs whole numbers: { limit: 60, seconds: 60 }.`);
    const { rateLimits, redis } = this.options;
    const keyOf = (who: string) => this.keys.limit(name, who);
    const onRefused = (retryAfterMs: number, request?: Request): void => {
      this.hits.tell({
        limit: name,
        retryAfterMs,
        ...(request && { address: this.networks.of(request) }),
      });
    };
    const parts = { ...window, name, commands: redis.commands, keyOf, onRefused };
    return new RateLimit({ ...window, name }, rateLimits.areOn ? parts : null);
  }
}
