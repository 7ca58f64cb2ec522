import { isDeepStrictEqual } from 'node:util';
import type { SessionData } from 'express-session';
import { isSamePrincipal, type Principal } from './principal.js';
import { principalOf, type ReadUser, type SessionUser } from './session-data.js';
import { absoluteEnd, limitsOf, type SessionLimits } from './session-lifetime.js';

/** What is known of a session, beside its handle. */
type SessionFacts = Pick<
  Session,
  'principal' | 'user' | 'carriedGuest' | 'limits' | 'idleExpiresAt' | 'absoluteExpiresAt'
> & {
  /** When the user last proved who they are, as `performance.now()` of this process has it. */
  readonly authenticatedOn: number;
};

/**
 * The session that a request or a socket carries, as `@CurrentSession()` gives it. It does not hold the session id,
 * so that nobody can print or send it.
 */
export class Session {
  /** Public name of the session. */
  readonly handle: string;
  readonly principal: Principal;
  /** The signed-in user, as the application knows them now; null unless {@link principal} is a user. */
  readonly user: SessionUser | null;
  /** What the client may know of the user. */
  readonly publicUser: SessionUser | null;
  /** Id of the guest that this visitor was, whose belongings have not joined the user's yet. */
  readonly carriedGuest: string | null;
  /** The session's own limits, or the application's. */
  readonly limits: SessionLimits;
  /** When the session ends whatever happens, in ms since the epoch. */
  readonly absoluteExpiresAt: number;
  readonly #authenticatedOn: number;
  #idleExpiresAt: number;
  #follow: () => AbortSignal = neverAborted;

  constructor(handle: string, facts: SessionFacts, publicUser = facts.user) {
    this.handle = handle;
    this.principal = facts.principal;
    this.user = facts.user;
    this.publicUser = publicUser;
    this.carriedGuest = facts.carriedGuest;
    this.limits = facts.limits;
    this.#authenticatedOn = facts.authenticatedOn;
    this.#idleExpiresAt = facts.idleExpiresAt;
    this.absoluteExpiresAt = facts.absoluteExpiresAt;
    // All sockets of a session share it, and what is written to it would not be saved.
    Object.freeze(this);
  }

  /**
   * The same session with its user as the application has loaded them. The client is told no more of them than what the
   * session has, and their roles: there may be a password's hash among the rest.
   */
  withUser(user: SessionUser): Session {
    const roles = user.roles && { roles: [...user.roles] };
    const publicUser = this.publicUser && { ...this.publicUser, ...roles };
    const session = new Session(this.handle, { ...this.#facts(), user }, publicUser);
    session.#follow = this.#follow;
    return session;
  }

  /**
   * Is aborted when the session ends, on whichever node, with a `SessionEndedError` that says why; and with a `DrainingError`
   * when this node can follow the session no longer. For whatever goes on in the session's name: `fetch(url, { signal })`, a
   * download, a loop. A request's is of no more use once its answer has left; a socket's is also aborted, with an `AbortError`, when
   * the session has no socket on this node any more. To take it is no activity.
   */
  get signal(): AbortSignal {
    return this.#follow();
  }

  /** Tells how to follow the session, once somebody wants to. Called by the library. */
  followBy(follow: () => AbortSignal): void {
    this.#follow = follow;
  }

  #facts(): SessionFacts {
    const { principal, user, carriedGuest, limits, idleExpiresAt, absoluteExpiresAt } = this;
    const authenticatedOn = this.#authenticatedOn;
    return {
      principal,
      user,
      carriedGuest,
      limits,
      idleExpiresAt,
      absoluteExpiresAt,
      authenticatedOn,
    };
  }

  /** When the session ends without further activity, in ms since the epoch. Moves on with activity. */
  get idleExpiresAt(): number {
    return this.#idleExpiresAt;
  }

  /** How long ago the user proved who they are, in ms: at the sign-in, or later by `Sessions.confirmSignIn()`. */
  get sinceSignInMs(): number {
    return performance.now() - this.#authenticatedOn;
  }

  /** Notes that the session was active, here or on another node. Called by the library. */
  prolong(idleExpiresAt: number): void {
    this.#idleExpiresAt = Math.min(idleExpiresAt, this.absoluteExpiresAt);
  }
}

/** Of a session that nobody follows here. */
function neverAborted(): AbortSignal {
  return new AbortController().signal;
}

/** A session as somebody has read it. */
export interface LoadedSession {
  readonly handle: string;
  readonly data: SessionData;
  /** When it ends without further activity, in ms since the epoch. */
  readonly idleExpiresAt: number;
}

/**
 * What a session's data say of it; null if it speaks for nobody.
 *
 * @param now by Redis' clock, in ms since the epoch
 */
export function toSession(
  { handle, data, idleExpiresAt }: LoadedSession,
  { user: readUser, limits }: { user: ReadUser; limits: SessionLimits },
  now: number,
): Session | null {
  const principal = principalOf(data, readUser);
  if (!principal) return null;
  return new Session(handle, {
    principal,
    user: readUser(data) ?? null,
    carriedGuest: data.sharedSession?.carriedGuest ?? null,
    limits: limitsOf(data, limits),
    idleExpiresAt,
    absoluteExpiresAt: absoluteEnd(data, limits, now),
    authenticatedOn: performance.now() - (now - authenticatedAt(data)),
  });
}

/** A session that does not say when it started tells of no proof, and so does what application code wrote there itself. */
function authenticatedAt({ sharedSession }: SessionData): number {
  const at: unknown = sharedSession?.authenticatedAt ?? sharedSession?.startedAt;
  return typeof at === 'number' ? at : 0;
}

/** Whether a `Session` still says what the data say that it was made from. `readUser` may compose a user each time. */
export function isUpToDate(session: Session, data: SessionData, readUser: ReadUser): boolean {
  return (
    isDeepStrictEqual(session.user, readUser(data) ?? null) &&
    session.carriedGuest === (data.sharedSession?.carriedGuest ?? null) &&
    isSamePrincipal(session.principal, principalOf(data, readUser))
  );
}
