import type { Session } from '../session/session.js';

const CURRENT_SESSION = Symbol('current session');
const READ_AGAIN = Symbol('read again');

interface Carrier {
  [CURRENT_SESSION]?: () => Session | null;
  [READ_AGAIN]?: () => Promise<void>;
}

/** Tells how to find the session of a request or a socket. */
export function carrySession(carrier: object, read: () => Session | null): void {
  (carrier as Carrier)[CURRENT_SESSION] = read;
}

/** Tells how to have the session of a socket read again. A request's was read when it came. */
export function carryReadAgain(carrier: object, readAgain: () => Promise<void>): void {
  (carrier as Carrier)[READ_AGAIN] = readAgain;
}

/** Reads the session that a socket carries again: of a change elsewhere, the signal may be on its way. */
export async function readSessionAgain(carrier: object): Promise<void> {
  await (carrier as Carrier)[READ_AGAIN]?.();
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
