import type { Socket } from 'socket.io';
import type { Session } from '../session/session.js';

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
