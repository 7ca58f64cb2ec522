import type { Request } from 'express';
import { expiryAfterActivity } from '../session/session-lifetime.js';
import { isUpToDate, type Session, toSession } from '../session/session.js';
import type { ResolvedOptions } from '../shared-session.options.js';

/**
 * Gives what reads a request's session, null if it has none that speaks for somebody. Guards, decorators
 * and services get the same `Session`, until the request has another session or that one speaks for somebody else.
 */
export function createSessionReader(
  request: Pick<Request, 'session' | 'sessionID'>,
  options: Pick<ResolvedOptions, 'limits' | 'user'>,
): () => Session | null {
  let made: Session | null = null;
  let madeFrom: unknown;
  return function readSession() {
    // The types say that there always is a session; after destroy() there is none.
    const data = request.session as Request['session'] | undefined;
    if (!data) return null;
    if (made && madeFrom === data && isUpToDate(made, data, options.user)) return made;
    const idleExpiresAt = expiryAfterActivity(data, options.limits, Date.now());
    made = toSession({ sid: request.sessionID, data, idleExpiresAt }, options);
    madeFrom = data;
    return made;
  };
}
