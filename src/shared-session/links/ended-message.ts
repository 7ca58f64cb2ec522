import type { CloseReason } from '../session/end-reason.js';
import type { SessionEnded } from '../shared-session.contract.js';

/** Long enough for the response that carries the new cookie to reach the browser. */
const REPLACED_RETRY_MS = 250;
/** Long enough for a budget of events to fill again. */
const SLOW_DOWN_MS = 5000;
/** Clients of a node that shuts down come back spread over this time. */
const DRAINING_SPREAD_MS = 2000;

type Advice = Omit<SessionEnded, 'reason'>;

const afterLogin = (): Advice => ({ reconnect: 'after-login' });
const nowAfter = (retryAfterMs: number): Advice => ({ reconnect: 'now', retryAfterMs });

/** What the client should do next, asked for each session anew. */
const ADVICE: Readonly<Record<CloseReason, () => Advice>> = {
  'signed-out': afterLogin,
  replaced: () => nowAfter(REPLACED_RETRY_MS),
  revoked: afterLogin,
  suspended: () => ({ reconnect: 'never' }),
  expired: afterLogin,
  'slow-down': () => nowAfter(SLOW_DOWN_MS),
  draining: () => nowAfter(Math.round(Math.random() * DRAINING_SPREAD_MS)),
};

/** What a session's sockets are told before they are disconnected. */
export function endedMessage(reason: CloseReason): SessionEnded {
  return { reason, ...ADVICE[reason]() };
}
