import { Injectable } from '@nestjs/common';
import { Announcer } from '../diagnostics/announcer.js';
import { diagnosticsChannel } from '../diagnostics/channels.js';
import type { Principal } from '../session/principal.js';

interface Hit {
  readonly limit: string;
  readonly principal?: Principal;
  readonly address?: string;
  readonly retryAfterMs: number;
}

const hits = diagnosticsChannel('limit.hit');

/** Publishes what was refused for a limit. */
@Injectable()
export class LimitHits {
  constructor(private readonly announcer: Announcer) {}

  tell({ limit, principal, address, retryAfterMs }: Hit): void {
    if (!hits.hasSubscribers) return;
    this.announcer.announce(hits, {
      limit,
      principal: principal ?? null,
      address: address ?? null,
      retryAfterMs,
    });
  }
}
