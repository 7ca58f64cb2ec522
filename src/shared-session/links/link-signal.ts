import { DrainingError, SessionEndedError } from '../shared-session.errors.js';
import type { CloseReason } from '../session/end-reason.js';

/** What a signal that follows a session is aborted with. */
export function abortedBy(reason: CloseReason): DrainingError | SessionEndedError {
  const livesOn = reason === 'draining' || reason === 'slow-down';
  return livesOn ? new DrainingError() : new SessionEndedError(reason);
}
