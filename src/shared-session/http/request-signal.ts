import type { Request } from 'express';
import type { SessionLinks } from '../links/session-links.js';
import { abortedBy } from '../links/link-signal.js';
import type { Session } from '../session/session.js';

/**
 * Makes the signals that follow a request's sessions, of which a sign-in gives it another. The first who asks for one has
 * this node listen to the session, until the answer has left.
 */
export function createRequestSignals(
  request: Pick<Request, 'res'>,
  links: Pick<SessionLinks, 'hold'>,
): (session: Session) => AbortSignal {
  // Made for the first who asks: most requests have none.
  let signals: Map<string, AbortSignal> | undefined;
  return function signalOf(session) {
    signals ??= new Map();
    const known = signals.get(session.handle);
    if (known) return known;
    const aborter = new AbortController();
    signals.set(session.handle, aborter.signal);
    const { res: response } = request;
    if (!response || response.closed) return aborter.signal;
    const hold = links.hold(session, (reason) => {
      aborter.abort(abortedBy(reason));
    });
    response.once('close', () => {
      hold.release();
    });
    return aborter.signal;
  };
}
