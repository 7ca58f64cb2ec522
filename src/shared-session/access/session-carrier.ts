import type { Session } from '../session/session.js';

const CURRENT_SESSION = Symbol('current session');

interface Carrier {
  [CURRENT_SESSION]?: () => Session | null;
}

/** Tells how to find the session of a request or a socket. */
export function carrySession(carrier: object, read: () => Session | null): void {
  (carrier as Carrier)[CURRENT_SESSION] = read;
}

/** Lets a request or a socket carry what `change` makes of the session that it carries, each time that somebody asks. */
export function carryInstead(
  carrier: object,
  change: (session: Session | null) => Session | null,
): void {
  const read = (carrier as Carrier)[CURRENT_SESSION];
  carrySession(carrier, () => change(read?.() ?? null));
}

/** The session that a request or a socket carries now; null if there is none. */
export function sessionOf(carrier: object): Session | null {
  return (carrier as Carrier)[CURRENT_SESSION]?.() ?? null;
}
