import type { Session } from '../session/session.js';

const CURRENT_SESSION = Symbol('current session');

interface Carrier {
  [CURRENT_SESSION]?: () => Session | null;
}

/** Tells how to find the session of a request or a socket. */
export function carrySession(carrier: object, read: () => Session | null): void {
  (carrier as Carrier)[CURRENT_SESSION] = read;
}

/** The session that a request or a socket carries now; null if there is none. */
export function sessionOf(carrier: object): Session | null {
  return (carrier as Carrier)[CURRENT_SESSION]?.() ?? null;
}
