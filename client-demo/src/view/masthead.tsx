import type { SessionState } from 'nestjs-shared-session-client';
import { useCart, useSession } from '../live.js';
import { otherNode } from '../other-node.js';
import { TEXT } from '../text.js';

export function Masthead() {
  const state = useSession();
  const { pending } = useCart();
  return (
    <header className="masthead">
      <div>
        <h1>{TEXT.product}</h1>
        <p className="tagline">{TEXT.tagline}</p>
      </div>
      <div className="connection">
        <p className="status" role="status" data-kind={state.degraded ? 'degraded' : state.status}>
          {statusText(state, pending)}
        </p>
        {otherNode() && window === window.parent && (
          <p className="hint">
            <a href="./side-by-side">{TEXT.sideBySide}</a>
          </p>
        )}
      </div>
    </header>
  );
}

/** What is going on, in plain words. */
function statusText(state: SessionState, pending: number): string {
  const { status, session, ended, degraded } = state;
  if (degraded) return TEXT.status.degraded;
  if (status === 'ended') return TEXT.endedShort[ended ?? 'expired'];
  if (status === 'live') return TEXT.status.live(session?.node ?? '');
  return status === 'offline' ? TEXT.status.offline(pending) : TEXT.status[status]();
}
