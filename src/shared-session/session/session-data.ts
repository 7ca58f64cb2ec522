import type { SessionData } from 'express-session';
import type { Principal } from './principal.js';

declare module 'express-session' {
  interface SessionData {
    /** When the session started, in ms since the epoch. The absolute lifetime counts from it. */
    startedAt?: number;
    /** Whom the session speaks for until somebody signs in. */
    guest?: { readonly id: string };
    /** Id of the guest that the user was before, until the guest's belongings have joined the user's. */
    carriedGuest?: string;
    /** Where the session was started from, for the user's list of devices. */
    device?: SessionDevice;
  }
}

/** Whence a session was started. Both are what the client claims; a proxy may be behind the address. */
export interface SessionDevice {
  readonly ip: string;
  readonly userAgent: string;
}

/** What the library needs to know of an application's user; the application's own fields come along. */
export interface SessionUser {
  readonly id: string | number;
  readonly roles?: readonly string[];
}

/** Reads the signed-in user from a session, or tells that there is none. */
export type ReadUser = (session: SessionData) => SessionUser | null | undefined;

/** The recipe's convention: whoever signs in is at `session.user`. */
export const readSessionUser: ReadUser = (session) => {
  const { user } = session as { user?: SessionUser };
  return user;
};

/** Whom a session speaks for: its user, else its guest, else nobody. */
export function principalOf(session: SessionData, readUser: ReadUser): Principal | null {
  const user = readUser(session);
  if (user) return { kind: 'user', id: String(user.id) };
  return session.guest ? { kind: 'guest', id: session.guest.id } : null;
}
