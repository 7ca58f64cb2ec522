import type { EndReason } from '../session/signal-codec.js';
import type { SessionEnded } from '../shared-session.contract.js';

/** Long enough for the response that carries the new cookie to reach the browser. */
const REPLACED_RETRY_MS = 250;
/** Clients of a node that shuts down come back spread over this time. */
const DRAINING_SPREAD_MS = 2000;

/** What a session's sockets are told before they are disconnected. */
export function endedMessage(reason: EndReason): SessionEnded {
  if (reason === 'replaced') return { reason, reconnect: 'now', retryAfterMs: REPLACED_RETRY_MS };
  if (reason === 'draining') {
    const retryAfterMs = Math.round(Math.random() * DRAINING_SPREAD_MS);
    return { reason, reconnect: 'now', retryAfterMs };
  }
  return { reason, reconnect: 'after-login' };
}
