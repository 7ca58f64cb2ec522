import type {
  SessionDescription,
  SessionEnded,
  SessionExpiring,
} from '../shared-session/shared-session.contract.js';

/** A user as this client may know them. */
export type AnyUser = NonNullable<SessionDescription['user']>;

/** The session, with its user as the application declares them; null for a guest. */
export type DescriptionOf<User> = Omit<SessionDescription, 'user'> & { readonly user: User | null };

/** What is going on between this tab and the server. */
export interface SessionState<User = AnyUser> {
  /**
   * - `connecting`: on the way for the first time, or again after the session was replaced
   * - `live`: connected; `session` is who this tab is
   * - `slowed`: sent away for too many events, and connects again when the server has said
   * - `offline`: not connected, trying again by itself
   * - `ended`: the session is over; waits for `refresh()` after somebody signed in
   * - `closed`: stopped for good
   */
  readonly status: 'connecting' | 'live' | 'slowed' | 'offline' | 'ended' | 'closed';
  /** Whether a server that is connected keeps this tab waiting: an answer is late, or said that it cannot. */
  readonly degraded: boolean;
  /** By what it is live: the socket or, where the network lets none through, a stream of server-sent events. Null unless it is live. */
  readonly via: 'socket' | 'events' | null;
  /** The session as last heard of. */
  readonly session: DescriptionOf<User> | null;
  /** Set while the session is about to end by itself; `at` in ms since the epoch. */
  readonly expiring: { readonly reason: SessionExpiring['reason']; readonly at: number } | null;
  /** Why the last session ended. */
  readonly ended: SessionEnded['reason'] | null;
}

export const INITIAL_STATE: SessionState = {
  status: 'connecting',
  degraded: false,
  via: null,
  session: null,
  expiring: null,
  ended: null,
};
