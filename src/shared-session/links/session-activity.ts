import { Inject, Injectable, Logger } from '@nestjs/common';
import { RESOLVED_OPTIONS } from '../shared-session.module-definition.js';
import type { ResolvedOptions } from '../shared-session.options.js';
import { SessionStore } from '../store/session.store.js';
import type { Link } from './link.js';

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
 * Notes which sessions were active on sockets, and prolongs them in Redis, many with one command.
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
    private readonly store: SessionStore,
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
  ) {
    this.#flushMs = Math.min(FLUSH_MS, options.limits.idleMs / 4);
  }

  /**
   * Notes that a client sent an event that counts. Costs nothing until the next flush, unless Redis could drop the
   * session before that.
   */
  note(link: Link): void {
    const now = Date.now();
    link.session?.prolong(now + this.options.limits.idleMs);
    link.warned = false;
    this.#active.add(link);
    if (link.storedUntil < now + 2 * this.#flushMs) this.#flushAtOnce(link);
  }

  /** Whether a link was active, and Redis does not know of it yet. */
  isUnwritten(link: Link): boolean {
    return this.#active.has(link);
  }

  /** Writes the activity since the last flush if that was long enough ago. */
  async flushIfDue(now: number): Promise<void> {
    if (now - this.#flushedAt < this.#flushMs) return;
    this.#flushedAt = now;
    await this.flush();
  }

  /** Writes the activity since the last flush, in one command. What could not be written is kept. */
  async flush(): Promise<void> {
    const active = this.#active;
    this.#active = new Set();
    const sessions = [...active].flatMap((link) => {
      const { sid, session, ended } = link;
      if (!session || ended) return [];
      return [{ link, sid, principal: session.principal, expiresAt: session.idleExpiresAt }];
    });
    try {
      await this.store.prolong(sessions);
      for (const { link, expiresAt } of sessions) link.storedUntil = expiresAt;
    } catch (error) {
      for (const link of active) this.#active.add(link);
      throw error;
    }
  }

  /** One write at a time. Up to the absolute end there may be nothing left to prolong. */
  #flushAtOnce({ session, storedUntil }: Link): void {
    if (this.#flushingAtOnce || !session || session.idleExpiresAt <= storedUntil) return;
    this.#flushingAtOnce = true;
    this.flush()
      .catch((error: unknown) => {
        this.#logger.debug(`Activity will be written later: ${String(error)}`);
      })
      .finally(() => {
        this.#flushingAtOnce = false;
      });
  }
}
