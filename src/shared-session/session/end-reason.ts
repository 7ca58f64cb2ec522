/** Why a session ended; `suspended`: its account is, so signing in again is of no use. */
export const END_REASONS = ['signed-out', 'replaced', 'revoked', 'suspended', 'expired'] as const;
export type EndReason = (typeof END_REASONS)[number];

/**
 * Why a session's sockets are closed: it ended; or the session lives on, and their node shuts down, or they have sent too many
 * events.
 */
export const CLOSE_REASONS = [...END_REASONS, 'draining', 'slow-down'] as const;
export type CloseReason = (typeof CLOSE_REASONS)[number];

/**
 * Who ended a session: a request of its own; its user, from another session or by its name in their list; the
 * application; the identity provider that its user logged in at; a limit of time or of the number of sessions; or a node, which found that its record is gone, went on with an end that was cut off, or
 * took back a sign-in that did not stand.
 */
export type EndedBy = 'session' | 'principal' | 'application' | 'provider' | 'limit' | 'node';

/** What goes along with an end, for whoever observes. */
export interface EndTrail {
  /** When the end was asked for, by Redis' clock, in ms since the epoch; null if nobody said when. */
  readonly askedAt: number | null;
  /** The trace in which it was, as W3C writes it; null if there is none, or it was on this node. */
  readonly traceparent: string | null;
}

/** Why a session is to end, and by whom. */
export interface EndCause {
  readonly reason: EndReason;
  readonly by: EndedBy;
  /** The handle of the session that replaces it, if that is known. */
  readonly next?: string;
}
