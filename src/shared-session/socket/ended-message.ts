import type { EndReason } from '../session-signal.js';

/** What a client should do after its session ended. */
export type ReconnectPolicy = 'now' | 'after-login' | 'never';

/** Payload of `session:ended`. */
export interface SessionEndedMessage {
  readonly reason: EndReason;
  readonly reconnect: ReconnectPolicy;
  /** Wait this long before reconnecting. */
  readonly retryAfterMs?: number;
}

/** Long enough for the response that carries the new cookie to reach the browser. */
const REPLACED_RETRY_MS = 250;
/** Clients of a node that shuts down come back spread over this time. */
const DRAINING_SPREAD_MS = 2000;

/** What a session's sockets are told before they are disconnected. */
export function endedMessage(reason: EndReason): SessionEndedMessage {
  if (reason === 'replaced') return { reason, reconnect: 'now', retryAfterMs: REPLACED_RETRY_MS };
  if (reason === 'draining') {
    const retryAfterMs = Math.round(Math.random() * DRAINING_SPREAD_MS);
    return { reason, reconnect: 'now', retryAfterMs };
  }
  return { reason, reconnect: 'after-login' };
}
