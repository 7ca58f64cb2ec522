import { Inject, Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { RESOLVED_OPTIONS } from '../shared-session.module-definition.js';
import type { ResolvedOptions } from '../shared-session.options.js';
import { ClientNetworks } from './client-networks.js';
import type { RateLimit } from './rate-limit.js';
import { RateLimits } from './rate-limits.service.js';

/** Bounds how many guest sessions start from an address, over all nodes. */
@Injectable()
export class GuestLimit {
  readonly #limit: RateLimit | null;

  constructor(
    @Inject(RESOLVED_OPTIONS) { rateLimits }: ResolvedOptions,
    limits: RateLimits,
    private readonly addresses: ClientNetworks,
  ) {
    this.#limit = rateLimits.guests ? limits.window('guests', rateLimits.guests) : null;
  }

  /** @throws RateLimitedError when that is one too many */
  async take(request: Request): Promise<void> {
    await this.#limit?.take(this.addresses.of(request), request);
  }
}
