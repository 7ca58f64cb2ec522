import { Logger } from '@nestjs/common';
import type { CloseReason } from '../session/end-reason.js';
import type { Principal } from '../session/principal.js';
import type { Session } from '../session/session.js';
import type {
  SessionDescription,
  SessionExpiring,
  SessionExpiry,
} from '../shared-session.contract.js';

/** Told once: the session has ended, or its node follows it no longer (`draining`). Nothing may go in or out from then on. */
export type OnSessionEnded = (reason: CloseReason) => void;
/** Told when the session's user or their roles have changed, with the session as it is now. */
export type OnSessionChanged = (session: Session) => void;

/** What the library tells of a session that goes on. */
export interface SessionNews {
  readonly 'session:ready': SessionDescription;
  readonly 'session:changed': SessionDescription;
  readonly 'session:expiring': SessionExpiring;
  readonly 'session:extended': SessionExpiry;
}
/** Passes on to a client what the library tells. */
export type TellNews = <Name extends keyof SessionNews>(
  event: Name,
  data: SessionNews[Name],
) => void;

/** Something open in a session's name that is no socket of Socket.IO's: a stream, a connection of another kind, work in progress. */
export interface Holder {
  /** Whom the session spoke for when it was opened. */
  readonly principal: Principal;
  /** The user as the session had them then. */
  readonly user: Session['publicUser'];
  readonly onEnd: OnSessionEnded;
  readonly onChanged?: OnSessionChanged | undefined;
  /** Of a client that is connected and sends events, as a socket does; left out for whatever else is open. */
  readonly tell?: TellNews;
}

/** What is open in a session's name is tied to it by this, until one of the two ends. */
export interface SessionHold {
  /**
   * Whether this node has not heard for 10 s of the session, which may be over by now. What is sent meanwhile may reach
   * somebody who has signed out. Costs next to nothing to ask.
   */
  readonly isDeaf: boolean;
  /** To be called when what was open has ended by itself. Nothing is told any more. Any number of times. */
  release(): void;
}

const logger = new Logger('SessionLinks');

/** What one holder throws is no reason not to tell the next. */
export function guardHolder(call: () => void): void {
  try {
    call();
  } catch (error) {
    logger.error('What holds a session failed when it was told of it', error);
  }
}

/** Tells the clients that are no sockets of Socket.IO's what those are told. */
export function tellHolders<Name extends keyof SessionNews>(
  holders: Iterable<Holder>,
  event: Name,
  data: SessionNews[Name],
): void {
  for (const { tell } of holders) {
    guardHolder(() => tell?.(event, data));
  }
}
