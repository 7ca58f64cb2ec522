import type { Socket } from 'socket.io';
import type { CloseReason } from '../session/end-reason.js';
import type { Session } from '../session/session.js';
import type { SessionExpiring } from '../shared-session.contract.js';
import { abortedBy } from './link-signal.js';
import type { Holder } from './session-hold.js';

/** Why a link ended, for whoever observes. */
export interface LinkEnd {
  readonly reason: CloseReason;
  /** How this node learned that its session ended; null: the session lives on. */
  readonly foundBy: 'signal' | 'look' | null;
  /** When the end was asked for, by Redis' clock, in ms since the epoch; null if nobody said when. */
  readonly askedAt: number | null;
}

/** On one node: a session, its live sockets, and whatever else is open in its name. */
export class Link {
  readonly handle: string;
  readonly sockets = new Set<Socket>();
  readonly holders = new Set<Holder>();
  /** Until when Redis keeps the session, in ms since the epoch by Redis' clock, as far as this node knows. */
  storedUntil = 0;
  /** From here on not one event goes in or out, even before the transport has closed. */
  ended = false;
  /** Why it ended, once it has. */
  end: LinkEnd | null = null;
  /** By which of its limits the session is about to end, as the sockets were told; null: they were not, or it no longer is. */
  warnedOf: SessionExpiring['reason'] | null = null;
  /** Whether the record was not there when it was last looked for. */
  isMissing = false;
  /** Whether the record changed since it was last read. */
  outdated = false;

  #session: Session | null = null;
  /** Of the sockets; made for the first who asks. */
  #aborter: AbortController | undefined;

  constructor(handle: string) {
    this.handle = handle;
  }

  /** Null until the first handshake of the session has read it, or something has come to hold it. */
  get session(): Session | null {
    return this.#session;
  }

  set session(session: Session | null) {
    this.#session = session;
    session?.followBy(() => this.#follow());
  }

  get isEmpty(): boolean {
    return this.sockets.size === 0 && this.holders.size === 0;
  }

  /** Whether clients are connected that send events. */
  get hasClients(): boolean {
    return this.sockets.size > 0 || [...this.holders].some(({ tell }) => tell);
  }

  /** Aborts what the handlers of its sockets have under way. */
  abort(reason?: CloseReason): void {
    this.#aborter?.abort(reason && abortedBy(reason));
    this.#aborter = undefined;
  }

  #follow(): AbortSignal {
    this.#aborter ??= new AbortController();
    // Whoever asks too late: an event that was let in before the end, say.
    if (this.ended || !this.hasClients) this.#aborter.abort();
    return this.#aborter.signal;
  }
}
