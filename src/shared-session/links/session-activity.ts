import { Inject, Injectable, Logger } from '@nestjs/common';
import { RESOLVED_OPTIONS } from '../shared-session.module-definition.js';
import type { ResolvedOptions } from '../shared-session.options.js';
import { RedisClock } from '../redis/redis-clock.js';
import { StoredSessions } from '../store/stored-sessions.js';
import type { Link } from './link.js';
import { tellOfEnd } from './session-expiry.js';

/** How often the activity of sockets is written to Redis, at most. */
const FLUSH_MS = 15_000;

/**
 * Whether an event counts as activity, and so keeps its session from ending by its idle timeout: every event that has
 * a handler does, unless the handler is a `@Poll()`. Events without a handler, handshakes and heartbeats never do.
 *
 * Beside events, every HTTP request that has a session counts (express-session calls the store's `touch()`), and so
 * does `Sessions.extend()`. Nothing else does.
 */
export function countsAsActivity({ isPoll }: { readonly isPoll: boolean }): boolean {
  return !isPoll;
}

/**
 * Notes which sessions were active on sockets, and prolongs them in Redis, many at a time.
 * {@link countsAsActivity} says which events are noted.
 */
@Injectable()
export class SessionActivity {
  readonly #logger = new Logger(SessionActivity.name);
  readonly #flushMs: number;
  /** Links whose activity Redis does not know of yet. */
  #active = new Set<Link>();
  #flushingAtOnce = false;
  #flushedAt = 0;

  constructor(
    private readonly stored: StoredSessions,
    private readonly clock: RedisClock,
    @Inject(RESOLVED_OPTIONS) options: ResolvedOptions,
  ) {
    this.#flushMs = Math.min(FLUSH_MS, options.limits.idleMs / 4);
  }

  /**
   * Notes that a client sent an event that counts. Costs nothing until the next flush, unless Redis could drop the
   * session before that.
   */
  note(link: Link): void {
    const now = this.clock.now();
    if (link.session) link.session.prolong(now + link.session.limits.idleMs);
    // Not for every event: only the first after the warning is news to the sockets.
    if (link.warnedOf) tellOfEnd(link, now);
    this.#active.add(link);
    if (this.#isUrgent(link, now)) this.#flushAtOnce();
  }

  /** Whether a link was active, and Redis does not know of it yet. */
  isUnwritten(link: Link): boolean {
    return this.#active.has(link);
  }

  /** Writes the activity since the last flush if that was long enough ago, or if some of it cannot wait. */
  async flushIfDue(now: number): Promise<void> {
    const isDue = now - this.#flushedAt >= this.#flushMs;
    if (!isDue && !this.#hasUrgent(now)) return;
    if (isDue) this.#flushedAt = now;
    await this.flush();
  }

  /** Writes the activity since the last flush, all of it together. What could not be written is kept. */
  async flush(): Promise<void> {
    const active = this.#active;
    this.#active = new Set();
    const sessions = [...active].flatMap((link) => {
      const { handle, session, ended } = link;
      if (!session || ended) return [];
      const { principal, limits, idleExpiresAt: expiresAt } = session;
      return [{ link, handle, principal, limits, expiresAt }];
    });
    try {
      await this.stored.prolong(sessions);
      for (const { link, expiresAt } of sessions) link.storedUntil = expiresAt;
    } catch (error) {
      for (const link of active) this.#active.add(link);
      throw error;
    }
  }

  /** One write at a time; what became urgent meanwhile follows. What fails is tried again by `flushIfDue`. */
  #flushAtOnce(): void {
    if (this.#flushingAtOnce) return;
    this.#flushingAtOnce = true;
    this.flush()
      .finally(() => {
        this.#flushingAtOnce = false;
      })
      .then(() => {
        if (this.#hasUrgent(this.clock.now())) this.#flushAtOnce();
      })
      .catch((error: unknown) => {
        this.#logger.debug(`Activity will be written later: ${String(error)}`);
      });
  }

  #hasUrgent(now: number): boolean {
    return [...this.#active].some((link) => this.#isUrgent(link, now));
  }

  /** Whether Redis could drop the session before a later flush. Up to the absolute end nothing may be left to prolong. */
  #isUrgent({ session, storedUntil, ended }: Link, now: number): boolean {
    if (!session || ended || session.idleExpiresAt <= storedUntil) return false;
    return storedUntil < now + 2 * this.#flushMs;
  }
}
