import type { Principal } from './principal.js';
import { sessionHandle } from './session-handle.js';
import type { SessionUser } from './session-record.js';

/**
 * The session that a request or a socket carries, as `@CurrentSession()` gives it. The session id
 * is private to the instance, so that printing or sending it cannot leak the id.
 */
export class CurrentSession {
  readonly #sid: string;
  /** Public name of the session. */
  readonly handle: string;
  readonly principal: Principal;
  /** The signed-in user; null for a guest. */
  readonly user: SessionUser | null;
  /** When the session ends without further activity, in ms since the epoch. */
  readonly idleExpiresAt: number;
  /** When the session ends whatever happens, in ms since the epoch. */
  readonly absoluteExpiresAt: number;

  constructor(
    sid: string,
    state: Pick<CurrentSession, 'principal' | 'user' | 'idleExpiresAt' | 'absoluteExpiresAt'>,
  ) {
    this.#sid = sid;
    this.handle = sessionHandle(sid);
    this.principal = state.principal;
    this.user = state.user;
    this.idleExpiresAt = state.idleExpiresAt;
    this.absoluteExpiresAt = state.absoluteExpiresAt;
  }

  /** The id, for `Sessions` and for scripts that check it. Never log or send it. */
  get sid(): string {
    return this.#sid;
  }

  /** The same session, when activity or a change has moved it on. */
  with(
    changes: Partial<Pick<CurrentSession, 'principal' | 'user' | 'idleExpiresAt'>>,
  ): CurrentSession {
    const { principal, user, idleExpiresAt, absoluteExpiresAt } = this;
    const state = { principal, user, idleExpiresAt, absoluteExpiresAt };
    return new CurrentSession(this.#sid, { ...state, ...changes });
  }
}

const CURRENT_SESSION = Symbol('current session');

interface Carrier {
  [CURRENT_SESSION]?: () => CurrentSession | null;
}

/** Tells how to find the session of a request or a socket. */
export function carrySession(carrier: object, read: () => CurrentSession | null): void {
  (carrier as Carrier)[CURRENT_SESSION] = read;
}

/** The session that a request or a socket carries now; null where there is none. */
export function currentSessionOf(carrier: object): CurrentSession | null {
  return (carrier as Carrier)[CURRENT_SESSION]?.() ?? null;
}
