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
  const signals = new Map<string, AbortSignal>();
  return function signalOf(session) {
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
