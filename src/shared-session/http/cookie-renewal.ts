import type { Request, Response } from 'express';
import type { SessionData } from 'express-session';
import { limitsOf, type SessionLimits } from '../session/session-lifetime.js';
import { sendCookieAnew } from '../session/session-terms.js';
import type { RedisClock } from '../redis/redis-clock.js';
import type { SessionStore } from '../store/session.store.js';

/** The browser forgets a persistent session sooner than Redis by a tenth of its idle timeout, and by no more than this. */
const LONGEST_LAG_MS = 3_600_000;

/**
 * Renews the cookie of a request's session where that is due.
 *
 * @returns whether the session is now to be saved for that alone
 */
export type RenewCookie = (request: Request, response: Response) => boolean;

/**
 * Makes what renews the cookies of persistent sessions: a request is activity, so Redis keeps the session longer, and the
 * browser has to keep its cookie as long. When it was last sent stands in the record, which was read anyway. That it is sent
 * is written into the session, so that it is saved, and express-session sets the cookie, once.
 */
export function createCookieRenewal(
  limits: SessionLimits,
  store: SessionStore,
  clock: Pick<RedisClock, 'now'>,
): RenewCookie {
  return function renewCookie(request, response) {
    // After a sign-out there is none.
    const session = request.session as Request['session'] | undefined;
    if (typeof session?.sharedSession?.cookieSentAt !== 'number') return false;
    const isToBeSaved = isModified(session, store);
    const now = clock.now();
    const isAlone = !isToBeSaved && isDue(session, limits, now) && mayCarry(request, response);
    if (isToBeSaved || isAlone) sendCookieAnew(session, limits, now);
    return isAlone;
  };
}

/** Renews the cookie before the headers of an answer that streams, or that something else writes early. */
export function renewBeforeHeaders(
  request: Request,
  response: Response,
  renewCookie: RenewCookie,
): void {
  const writeHead = response.writeHead.bind(response) as (...head: unknown[]) => Response;
  response.writeHead = function writeRenewedHead(...head: unknown[]): Response {
    response.writeHead = writeHead as Response['writeHead'];
    // Headers that are given here are not known yet to whoever asks whether a cache may keep the answer.
    if (!head.some((each) => typeof each === 'object')) renewCookie(request, response);
    return writeHead(...head);
  };
}

/** What JSON cannot hold is refused when it is saved. */
function isModified(session: SessionData, store: SessionStore): boolean {
  try {
    return store.isModified(session);
  } catch {
    return true;
  }
}

function isDue(session: SessionData, limits: SessionLimits, now: number): boolean {
  const { cookieSentAt = 0 } = session.sharedSession ?? {};
  const { idleMs } = limitsOf(session, limits);
  return now - cookieSentAt >= Math.min(idleMs / 10, LONGEST_LAG_MS);
}

/** Whether the browser would take the cookie, and no cache would keep it for others (RFC 9111, 7.3). */
function mayCarry(request: Request, response: Response): boolean {
  if (request.session.cookie.secure && !request.secure) return false;
  const caching = String(response.getHeader('Cache-Control') ?? '');
  return /\b(private|no-store)\b/i.test(caching) || !/\b(public|max-age|s-maxage)\b/i.test(caching);
}
