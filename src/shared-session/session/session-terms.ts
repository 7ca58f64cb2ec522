import type { SessionData } from 'express-session';
import { type ChosenLimits, ownLimits } from './own-limits.js';
import { expiryAfterActivity, type SessionLimits } from './session-lifetime.js';

/** How long a session lives, and its cookie, as whoever signs in says. */
export interface ChosenTerms extends ChosenLimits {
  /**
   * Whether the browser keeps the cookie when it closes, for as long as the session lives; each hour with a request gives
   * it a new one. `false`: until it closes, whatever the option `cookie.maxAge` says.
   * @defaultValue as `cookie.maxAge` says
   */
  readonly persistent?: boolean | undefined;
  /**
   * The new session gets the limits of the request's session, and its kind of cookie, if both are one user's: after a
   * change of the password, say. Instead of the three others.
   * @defaultValue false
   */
  readonly keepTerms?: boolean | undefined;
}

/** The terms of one session. */
export interface SessionTerms {
  /** Those that differ from the application's. */
  readonly limits: Partial<SessionLimits>;
  /** Undefined: as the application's cookie is. */
  readonly persistent: boolean | undefined;
}

/**
 * The terms that were chosen.
 *
 * @throws RangeError naming a limit that cannot be one; TypeError for what is of another kind, or contradicts itself
 */
export function chosenTerms(chosen: ChosenTerms, usual: SessionLimits): SessionTerms {
  // Of an older version: what it looks for must not be lost without a word.
  if (typeof chosen === 'function') {
    throw new TypeError(
      '`confirm` is one of the options now: signIn(request, establish, { confirm }).',
    );
  }
  const { persistent, keepTerms } = chosen;
  checkChoice('persistent', persistent);
  checkChoice('keepTerms', keepTerms);
  const { idleSeconds, absoluteSeconds } = chosen;
  if (keepTerms && [idleSeconds, absoluteSeconds, persistent].some((each) => each !== undefined)) {
    throw new TypeError(
      '`keepTerms` goes with none of `idleSeconds`, `absoluteSeconds` and `persistent`.',
    );
  }
  return { limits: ownLimits({ idleSeconds, absoluteSeconds }, usual), persistent };
}

/** The terms that a session has. */
export function termsOf({ cookie, sharedSession }: SessionData): SessionTerms {
  const isPersistent = sharedSession?.cookieSentAt !== undefined;
  const isForNow = typeof cookie.maxAge !== 'number';
  return {
    limits: sharedSession?.limits ?? {},
    persistent: isPersistent || (isForNow ? false : undefined),
  };
}

/** Writes its terms into a session that has just been generated. */
export function setTerms(
  session: SessionData,
  { limits, persistent }: SessionTerms,
  usual: SessionLimits,
): void {
  const hasOwn = Object.keys(limits).length > 0;
  session.sharedSession = { ...session.sharedSession, ...(hasOwn && { limits }) };
  // The types know no null; it is what express-session has for none.
  if (persistent === false) Object.assign(session.cookie, { maxAge: null });
  const { startedAt } = session.sharedSession;
  if (persistent && startedAt !== undefined) sendCookieAnew(session, usual, startedAt);
}

/** Lets a session's cookie live as long as the session does from `now` on, and notes that it was sent. */
export function sendCookieAnew(session: SessionData, usual: SessionLimits, now: number): void {
  session.cookie.maxAge = expiryAfterActivity(session, usual, now) - now;
  session.sharedSession = { ...session.sharedSession, cookieSentAt: now };
}

function checkChoice(name: keyof ChosenTerms, choice: unknown): void {
  if (choice === undefined || typeof choice === 'boolean') return;
  throw new TypeError(`\`${name}\` is ${JSON.stringify(choice)}: it must be true or false.`);
}
