import type { Request } from 'express';
import { sessionHandle } from '../session/session-handle.js';
import { expiryAfterActivity } from '../session/session-lifetime.js';
import { isUpToDate, type Session, toSession } from '../session/session.js';
import type { ResolvedOptions } from '../shared-session.options.js';
import type { RedisClock } from '../redis/redis-clock.js';

interface Following {
  readonly clock: Pick<RedisClock, 'now'>;
  /** Gives the signal that follows a session of the request's. */
  readonly signalOf: (session: Session) => AbortSignal;
}

/**
 * Gives what reads a request's session, null if it has none that speaks for somebody. Guards, decorators
 * and services get the same `Session`, until the request has another session or that one speaks for somebody else.
 */
export function createSessionReader(
  request: Pick<Request, 'session' | 'sessionID'>,
  options: Pick<ResolvedOptions, 'limits' | 'user'>,
  { clock, signalOf }: Following,
): () => Session | null {
  let made: Session | null = null;
  let madeFrom: unknown;
  return function readSession() {
    // The types say that there always is a session; after destroy() there is none.
    const data = request.session as Request['session'] | undefined;
    // A session whose id is no string is nobody's; express-session ignores it too.
    if (!data || typeof request.sessionID !== 'string') return null;
    if (made && madeFrom === data && isUpToDate(made, data, options.user)) return made;
    const now = clock.now();
    const handle = sessionHandle(request.sessionID);
    const idleExpiresAt = expiryAfterActivity(data, options.limits, now);
    const session = toSession({ handle, data, idleExpiresAt }, options, now);
    session?.followBy(() => signalOf(session));
    made = session;
    madeFrom = data;
    return session;
  };
}
