import type { Session } from '../session/session.js';
import type { SessionExpiring } from '../shared-session.contract.js';
import type { Link } from './link.js';

/** Longest notice that a session is about to end. */
const NOTICE_MS = 60_000;

/** When a session ends by itself, and by which of its limits. */
export function endOf({ idleExpiresAt, absoluteExpiresAt }: Session) {
  return idleExpiresAt < absoluteExpiresAt
    ? { at: idleExpiresAt, reason: 'idle' as const }
    : { at: absoluteExpiresAt, reason: 'absolute' as const };
}

/** What the sockets should be told at `now`: a minute ahead, or a tenth of the limit if that is shorter. */
export function warningOf(session: Session, now: number): SessionExpiring | null {
  const { at, reason } = endOf(session);
  const { idleMs, absoluteMs } = session.limits;
  const notice = Math.min(NOTICE_MS, (reason === 'idle' ? idleMs : absoluteMs) / 10);
  return now >= at - notice ? { reason, inMs: Math.max(0, at - now) } : null;
}

/** Whether a link's session should be looked at now: its end is due, or its sockets should be warned. */
export function isNearEnd(link: Link, now: number): boolean {
  if (!link.session) return false;
  if (endOf(link.session).at <= now) return true;
  return !link.warned && warningOf(link.session, now) !== null;
}
