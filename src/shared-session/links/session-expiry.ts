import type { Session } from '../session/session.js';
import type { SessionExpiring, SessionExpiry } from '../shared-session.contract.js';
import type { Link } from './link.js';
import { type SessionNews, tellHolders } from './session-hold.js';

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

/** Whether a link's session should be looked at now: its end is due, or its sockets should be told of it. */
export function isNearEnd(link: Link, now: number): boolean {
  if (!link.session) return false;
  if (endOf(link.session).at <= now) return true;
  return reasonOf(warningOf(link.session, now)) !== link.warnedOf;
}

/**
 * Tells a link's sockets what its session's end has come to, if that is news: that it is near, or that it no longer is, because
 * the session was active here or elsewhere.
 */
export function tellOfEnd(link: Link, now: number): void {
  const { session, ended } = link;
  if (!session || ended) return;
  const warning = warningOf(session, now);
  const reason = reasonOf(warning);
  if (reason === link.warnedOf) return;
  link.warnedOf = reason;
  if (warning) tell(link, 'session:expiring', warning);
  else tell(link, 'session:extended', expiryOf(session));
}

function tell<Name extends keyof SessionNews>(
  link: Link,
  event: Name,
  data: SessionNews[Name],
): void {
  for (const socket of link.sockets) socket.emit(event, data);
  tellHolders(link.holders, event, data);
}

/** When a session ends, as its clients are told. */
export function expiryOf({ idleExpiresAt, absoluteExpiresAt }: Session): SessionExpiry {
  return {
    idleExpiresAt: new Date(idleExpiresAt).toISOString(),
    absoluteExpiresAt: new Date(absoluteExpiresAt).toISOString(),
  };
}

const reasonOf = (warning: SessionExpiring | null) => warning?.reason ?? null;
