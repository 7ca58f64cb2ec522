import { tracingChannel, type TracingChannel } from 'node:diagnostics_channel';
import type { IncomingHttpHeaders } from 'node:http';
import type { CloseReason, EndedBy, EndReason } from '../session/end-reason.js';

/** A socket is let in, or not. It fails with what refuses it. */
export interface HandshakeOperation {
  readonly namespace: string;
  /** Of the client's `auth`, as W3C writes it; null if there is none. */
  readonly traceparent: string | null;
  /** Null until the session is known. */
  handle: string | null;
}

/** A client's event is answered. */
export interface EventOperation {
  readonly namespace: string;
  readonly event: string;
  readonly handle: string | null;
  /** Of the client's `auth`. */
  readonly traceparent: string | null;
  /** `OK` or the code of the error that it is answered with; null until then. */
  outcome: string | null;
}

/** A script runs in Redis, which is one round trip. */
export interface ScriptOperation {
  readonly script: string;
}

/** A session is ended, by this node or worker. */
export interface EndOperation {
  readonly handle: string;
  readonly reason: EndReason;
  readonly by: EndedBy;
  /** Whoever listens to the start may set it, and all nodes are told: what they do then goes on from there. */
  traceparent: string | null;
}

/** The sockets that a session has on this node are told why, and closed. */
export interface CloseOperation {
  readonly handle: string;
  readonly reason: CloseReason;
  readonly sockets: number;
  /** As whoever ended the session has set it; null: on this node, or nobody did. */
  readonly traceparent: string | null;
}

/** A request goes through the session middleware, and all that comes behind. Only its start is told. */
export interface RequestOperation {
  readonly headers: IncomingHttpHeaders;
}

/** What takes time, for traces: on the tracing channel of each name. */
export interface SharedSessionOperations {
  request: RequestOperation;
  handshake: HandshakeOperation;
  event: EventOperation;
  script: ScriptOperation;
  end: EndOperation;
  close: CloseOperation;
}

export type OperationName = keyof SharedSessionOperations;

/**
 * The tracing channel `nestjs-shared-session:<name>`, of Node's own. `close` is traced as what is done at once, `request` by its
 * `start` alone, and the others as promises.
 *
 * @see https://nodejs.org/api/diagnostics_channel.html#class-tracingchannel
 */
export function operationChannel<Name extends OperationName>(
  name: Name,
): TracingChannel<unknown, SharedSessionOperations[Name]> {
  return tracingChannel(`nestjs-shared-session:${name}`);
}
