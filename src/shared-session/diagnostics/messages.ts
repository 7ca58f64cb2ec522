import type { DisconnectReason } from 'socket.io';
import type { CloseReason, EndedBy, EndReason } from '../session/end-reason.js';
import type { Principal } from '../session/principal.js';

/** What every message says. None has a session's id, a cookie, or anything that a client has sent. */
interface Told {
  /** Name of the node, the option `nodeName`; null: a worker. */
  readonly node: string | null;
  /** When it was told, by Redis' clock, in ms since the epoch (UTC). */
  readonly at: number;
}

/** Of a session that speaks for somebody. */
interface OfSession extends Told {
  /** Public name of the session. */
  readonly handle: string;
  readonly principal: Principal;
}

/** Of what may have happened before a session was known. */
interface OfNobodyOrSession extends Told {
  readonly handle: string | null;
  readonly principal: Principal | null;
}

/** A socket was let in. */
export interface LinkOpened extends OfSession {
  readonly namespace: string;
  /** Of the client, as the Express setting `trust proxy` tells it. */
  readonly address: string;
}

/** A socket that was let in is gone. */
export interface LinkClosed extends OfSession {
  readonly namespace: string;
  /** Why its session's sockets were closed, or how Socket.IO calls it that the client left or was lost. */
  readonly reason: CloseReason | DisconnectReason;
  /** How this node learned of the session's end: it was told, or found no record; null if the session lives on. */
  readonly foundBy: 'signal' | 'look' | null;
  /** From when the session's end was asked for, on any node, to when this node had closed the connection; null if nobody said when. */
  readonly revocationMs: number | null;
}

/** A socket was not let in. */
export interface HandshakeRefused extends OfNobodyOrSession {
  /** As in the `connect_error`, such as `UNAUTHENTICATED`; `FORBIDDEN_ORIGIN` for one that was answered 403. */
  readonly code: string;
  /** Null before it is known: a foreign origin is refused first. */
  readonly namespace: string | null;
  readonly address: string;
}

/** A session speaks for somebody from now on: it is new, or somebody signed in on it as it was. */
export type SessionStartedMessage = OfSession;

/** Data of a session were changed. */
export type SessionChangedMessage = OfSession;

/** A session ended, as told by the node or worker that ended it. */
export interface SessionEndedMessage extends OfSession {
  readonly reason: EndReason;
  readonly by: EndedBy;
  /** The handle of the session that replaces it, if that is known. */
  readonly next: string | null;
}

/** A sign-in was refused, since there are too many sessions. */
export interface SignInRefused extends OfNobodyOrSession {
  readonly code: string;
}

/** This node or worker told all nodes of a session. */
export interface SignalSent extends Told {
  readonly signal: 'ended' | 'changed';
  readonly handle: string;
  readonly reason: EndReason | null;
}

/** This node heard of a session that it follows. What it has sent itself comes back too. */
export interface SignalHeard extends SignalSent {
  /** From when the end was asked for to when it was heard; null for a change, and where nobody said when. */
  readonly delayMs: number | null;
}

/** This node has not heard from a Redis server for 10 s: events of the sessions there are refused. */
export interface ProbeDeaf extends Told {
  readonly silentMs: number;
}

/** This node hears from a Redis server again, which was silent for 3 s or longer, and has looked at every session there. */
export interface ProbeFresh extends Told {
  readonly silentMs: number;
}

/** Sessions were looked at, since signals may have been missed. */
export interface Revalidated extends Told {
  readonly sessions: number;
  /** How many of them could not be looked at; they are tried again. */
  readonly failed: number;
}

/** A session was not written: it has ended. */
export interface WriteRefused extends Told {
  readonly handle: string;
}

/** A session was written after another writer was faster: both changes are in it. */
export interface WriteMerged extends Told {
  readonly handle: string;
}

/** An event of a client's was answered. */
export interface EventHandled extends OfNobodyOrSession {
  readonly namespace: string;
  /** Null: nobody handles it, and the name is the client's. */
  readonly event: string | null;
  /** `OK`, or the code of the error that it was answered with. */
  readonly outcome: string;
  readonly durationMs: number;
  readonly address: string;
}

/** A limit was reached, and something refused. */
export interface LimitHit extends Told {
  /** Name of the limit. */
  readonly limit: string;
  readonly principal: Principal | null;
  readonly address: string | null;
  readonly retryAfterMs: number;
}

/** A script, which is one round trip, was answered by Redis or failed. Of the whole process, without `node` and `at`. */
export interface ScriptRan {
  /** As `RedisScript` was made with it. */
  readonly script: string;
  readonly outcome: 'OK' | 'failed';
  readonly durationMs: number;
}

/** Why a connection was cut off or refused that takes more of a node than it may. */
export type CutReason =
  'sent too much' | 'sent binary data' | 'sent a message above 16 KB' | 'slow' | 'too many sockets';

/** A connection was cut off or refused that takes more of a node than it may. Of the whole process. */
export interface ConnectionCut {
  readonly reason: CutReason;
}

/** More than 16 KB wait for a client that reads slowly, and more is sent to it. Of the whole process. */
export interface SendBufferFilling {
  readonly waitingBytes: number;
}

/** What is published on the channel of each name. */
export interface SharedSessionDiagnostics {
  'link.opened': LinkOpened;
  'link.closed': LinkClosed;
  'handshake.refused': HandshakeRefused;
  'session.started': SessionStartedMessage;
  'session.changed': SessionChangedMessage;
  'session.ended': SessionEndedMessage;
  'sign-in.refused': SignInRefused;
  'signal.sent': SignalSent;
  'signal.heard': SignalHeard;
  'probe.deaf': ProbeDeaf;
  'probe.fresh': ProbeFresh;
  revalidated: Revalidated;
  'write.refused': WriteRefused;
  'write.merged': WriteMerged;
  'event.handled': EventHandled;
  'limit.hit': LimitHit;
  'script.ran': ScriptRan;
  'connection.cut': ConnectionCut;
  'send-buffer.filling': SendBufferFilling;
}

export type DiagnosticsName = keyof SharedSessionDiagnostics;
