import type { SessionData } from 'express-session';

/** The two limits of a session, in milliseconds. */
export interface SessionLimits {
  /** So long without activity, and the session ends. */
  readonly idleMs: number;
  /** So long after its start it ends whatever happens. */
  readonly absoluteMs: number;
}

/** Beyond it, a time would be none that JavaScript can name: some 30,000 years. */
const LONGEST_MS = 1e15;

/**
 * The limits of one session: its own, where it has some, and the application's for the rest. What an application has
 * written there itself and is no time counts as none: one such record would spoil the batch that it is in.
 */
export function limitsOf(
  { sharedSession }: SessionData,
  { idleMs, absoluteMs }: SessionLimits,
): SessionLimits {
  const own = sharedSession?.limits;
  return {
    idleMs: isUsableTime(own?.idleMs) ? own.idleMs : idleMs,
    absoluteMs: isUsableTime(own?.absoluteMs) ? own.absoluteMs : absoluteMs,
  };
}

/** Seconds in whole milliseconds, as Redis takes them; null for what is no usable time. */
export function toMs(seconds: unknown): number | null {
  const ms = typeof seconds === 'number' ? Math.round(seconds * 1000) : NaN;
  return isUsableTime(ms) ? ms : null;
}

/** When a session that is active at `now` ends by itself: after the idle timeout, or at its absolute end. */
export function expiryAfterActivity(
  session: SessionData,
  limits: SessionLimits,
  now: number,
): number {
  return Math.min(now + limitsOf(session, limits).idleMs, absoluteEnd(session, limits, now));
}

/**
 * When a session ends whatever happens (ASVS 7.3.2). A record without a start was written by
 * something that knows nothing of this library; its life is counted from now.
 */
export function absoluteEnd(session: SessionData, limits: SessionLimits, now: number): number {
  return (session.sharedSession?.startedAt ?? now) + limitsOf(session, limits).absoluteMs;
}

function isUsableTime(ms: unknown): ms is number {
  return Number.isSafeInteger(ms) && Number(ms) >= 1 && Number(ms) <= LONGEST_MS;
}
