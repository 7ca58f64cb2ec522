import type { SessionData } from 'express-session';
import type { Principal } from '../session/principal.js';
import { principalOf, type ReadUser } from '../session/session-data.js';
import { decodeSession } from '../session/session-json.js';
import {
  absoluteEnd,
  expiryAfterActivity,
  limitsOf,
  type SessionLimits,
} from '../session/session-lifetime.js';
import type { RedisClock } from '../redis/redis-clock.js';
import type { Facts } from './session-transitions.js';

/** What an application says of its sessions. */
interface Rules {
  readonly limits: SessionLimits;
  readonly readUser: ReadUser;
  readonly clock: Pick<RedisClock, 'now'>;
}

/** Reads in a session's record whom it speaks for, and how long it lives. */
export class RecordReader {
  constructor(private readonly rules: Rules) {}

  /** By its next activity, in ms, at least 1: Redis takes no other, and deletes what has none left. */
  lifetimeOf(data: SessionData): number {
    const now = this.rules.clock.now();
    return Math.max(1, expiryAfterActivity(data, this.rules.limits, now) - now);
  }

  factsOf(data: SessionData | null): Facts {
    const { limits } = this.rules;
    if (!data) return { principal: null, idleMs: limits.idleMs };
    const { idleMs } = limitsOf(data, limits);
    return { principal: this.principalOf(data), idleMs };
  }

  principalOf(data: SessionData): Principal | null {
    return principalOf(data, this.rules.readUser);
  }

  principalIn(json: string | null): Principal | null {
    const data = json === null ? null : decodeSession(json);
    return data && this.principalOf(data);
  }

  /**
   * A record past its absolute end counts as gone, even if Redis has not dropped it yet; and so does one
   * that is none, or a single one would fail every batch that it is in.
   */
  parse(json: string): SessionData | null {
    const data = decodeSession(json);
    if (!data) return null;
    const now = this.rules.clock.now();
    return absoluteEnd(data, this.rules.limits, now) > now ? data : null;
  }
}
