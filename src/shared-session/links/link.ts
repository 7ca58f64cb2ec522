import type { Socket } from 'socket.io';
import type { CloseReason } from '../session/end-reason.js';
import type { Session } from '../session/session.js';

/** Why a link ended, for whoever observes. */
export interface LinkEnd {
  readonly reason: CloseReason;
  /** How this node learned that its session ended; null: the session lives on. */
  readonly foundBy: 'signal' | 'look' | null;
  /** When the end was asked for, by Redis' clock, in ms since the epoch; null if nobody said when. */
  readonly askedAt: number | null;
}

/** On one node: a session and its live sockets. */
export class Link {
  readonly handle: string;
  readonly sockets = new Set<Socket>();
  /** Null until the first handshake of the session has read it. */
  session: Session | null = null;
  /** Until when Redis keeps the session, in ms since the epoch by Redis' clock, as far as this node knows. */
  storedUntil = 0;
  /** From here on not one event goes in or out, even before the transport has closed. */
  ended = false;
  /** Why it ended, once it has. */
  end: LinkEnd | null = null;
  /** Whether the sockets were told that the session is about to end. */
  warned = false;
  /** Whether the record was not there when it was last looked for. */
  isMissing = false;
  /** Whether the record changed since it was last read. */
  outdated = false;

  constructor(handle: string) {
    this.handle = handle;
  }
}
