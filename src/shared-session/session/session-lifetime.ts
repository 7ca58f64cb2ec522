import type { SessionData } from 'express-session';

/** The two limits of a session, in milliseconds. */
export interface SessionLimits {
  readonly idleMs: number;
  readonly absoluteMs: number;
}

/** When a session that is active at `now` ends by itself: after the idle timeout, or at its absolute end. */
export function expiryAfterActivity(
  session: SessionData,
  limits: SessionLimits,
  now: number,
): number {
  return Math.min(now + limits.idleMs, absoluteEnd(session, limits, now));
}

/**
 * When a session ends whatever happens (ASVS 7.3.2). A record without a start was written by
 * something that knows nothing of this library; its life is counted from now.
 */
export function absoluteEnd(session: SessionData, limits: SessionLimits, now: number): number {
  return (session.sharedSession?.startedAt ?? now) + limits.absoluteMs;
}
