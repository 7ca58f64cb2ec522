import type { EndCause, EndedBy, EndReason } from './end-reason.js';
import type { Principal } from './principal.js';

/** What is said of every session that something happened to. */
interface Happened {
  /** By Redis' clock, in ms since the epoch (UTC). */
  readonly at: number;
  /** Public name of the session. Its id is never told. */
  readonly handle: string;
  /** Whom it speaks for, or spoke for. */
  readonly principal: Principal;
}

/** A session speaks for somebody from now on: it is new, or somebody signed in on it as it was. */
export interface SessionStarted extends Happened {
  readonly type: 'started';
}

/** Data of a session were changed: by a request, or by `Sessions.update()`. */
export interface SessionChanged extends Happened {
  readonly type: 'changed';
}

/** A session ended since another took its place: at a sign-in, or by `regenerate()`. */
export interface SessionReplaced extends Happened {
  readonly type: 'replaced';
  readonly by: EndedBy;
  /** The handle of the other; null after `regenerate()`, where it is not known yet. */
  readonly next: string | null;
}

/** A session ended. */
export interface SessionEndedEvent extends Happened {
  readonly type: 'ended';
  readonly reason: Exclude<EndReason, 'replaced'>;
  readonly by: EndedBy;
}

/** Somebody was not let in. */
export interface SessionRefused extends Pick<Happened, 'at'> {
  readonly type: 'refused';
  /** What was refused: a socket, or a sign-in since there are too many sessions. */
  readonly what: 'handshake' | 'sign-in';
  /** Such as `UNAUTHENTICATED` or `TOO_MANY_SESSIONS`. */
  readonly code: string;
  /** Public name of the session that it was tried with, if there is one. */
  readonly handle: string | null;
  /** Whom that speaks for, or who wanted to sign in. */
  readonly principal: Principal | null;
}

/** What happened to a session, for an audit trail. */
export type SessionEvent =
  SessionStarted | SessionChanged | SessionReplaced | SessionEndedEvent | SessionRefused;

/** An event before its time is noted. */
export type Untimed<Event = SessionEvent> = Event extends SessionEvent ? Omit<Event, 'at'> : never;

/** The event that tells of an end. */
export function endEvent(
  { handle, principal }: Pick<Happened, 'handle' | 'principal'>,
  { reason, by, next }: EndCause,
): Untimed {
  return reason === 'replaced'
    ? { type: 'replaced', handle, principal, by, next: next ?? null }
    : { type: 'ended', handle, principal, reason, by };
}
