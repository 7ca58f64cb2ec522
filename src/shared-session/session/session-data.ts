import type { SessionData } from 'express-session';
import { InvalidUserError } from './invalid-user.error.js';
import type { Principal } from './principal.js';
import type { ProviderLogin } from './provider-login.js';
import type { SessionLimits } from './session-lifetime.js';

declare module 'express-session' {
  interface SessionData {
    /** What the library keeps of a session, under one name, so that an application's own fields cannot be taken for it. */
    sharedSession?: SharedSessionFields;
  }
}

/** The library's own fields of a session. Replaced as a whole, never changed in place. */
export interface SharedSessionFields {
  /** When the session started, in ms since the epoch. The absolute lifetime counts from it. */
  readonly startedAt?: number;
  /** When its user last proved who they are, in ms since the epoch, if that was not at its start. 0: nobody knows. */
  readonly authenticatedAt?: number;
  /** The session's own limits, where they differ from the application's. */
  readonly limits?: Partial<SessionLimits>;
  /** When its cookie was last sent, in ms since the epoch, if the browser keeps that when it closes: it is sent anew in time. */
  readonly cookieSentAt?: number;
  /** Whom the session speaks for until somebody signs in. */
  readonly guest?: { readonly id: string };
  /** Id of the guest that the user was before, until the guest's belongings have joined the user's. */
  carriedGuest?: string;
  /** The login at an identity provider that the session came of. */
  readonly idp?: ProviderLogin;
  /** The device that the session was started from, for the user's list of devices. */
  readonly device?: SessionDevice;
}

/** From where a session was started. Both are what the client claims; a proxy may be behind the address. */
export interface SessionDevice {
  readonly ip: string;
  readonly userAgent: string;
}

/** What the library needs to know of an application's user; the application's own fields come along. */
export interface SessionUser {
  readonly id: string | number;
  readonly roles?: readonly string[];
}

/** When a session started, in ms since the epoch; 0 if its record does not say. */
export function startOf(session: SessionData): number {
  return session.sharedSession?.startedAt ?? 0;
}

/** Reads the signed-in user from a session, or tells that there is none. */
export type ReadUser = (session: SessionData) => SessionUser | null | undefined;

/** The recipe's convention: whoever signs in is at `session.user`. */
export const readSessionUser: ReadUser = (session) => {
  const { user } = session as { user?: SessionUser };
  return user;
};

/**
 * Whom a session speaks for: its user, else its guest, else nobody. A user without a usable id is nobody:
 * such users would all be one principal, with one room and one list of devices.
 */
export function principalOf(session: SessionData, readUser: ReadUser): Principal | null {
  const user = readUser(session);
  if (user) return isUsableId(user.id) ? { kind: 'user', id: String(user.id) } : null;
  const { guest } = session.sharedSession ?? {};
  return guest ? { kind: 'guest', id: guest.id } : null;
}

/** @throws InvalidUserError when the session has a user whose id tells nobody apart */
export function assertUsableUser(session: SessionData, readUser: ReadUser): void {
  const user = readUser(session);
  if (user && !isUsableId(user.id)) throw new InvalidUserError();
}

/** What the types promise, and applications break: Mongoose's users have `_id`, say. */
function isUsableId(id: unknown): boolean {
  return (typeof id === 'string' && id !== '') || (typeof id === 'number' && Number.isFinite(id));
}
