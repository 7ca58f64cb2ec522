import type { SessionState } from 'nestjs-shared-session-client';
import { type Connection, useConnection, useSession } from 'nestjs-shared-session-client/react';
import { useCart } from '../live.js';
import { otherNode } from '../other-node.js';
import { TEXT } from '../text.js';

export function Masthead() {
  const connection = useConnection();
  const { ended } = useSession();
  const { pending } = useCart();
  const { status, degraded } = connection;
  return (
    <header className="masthead">
      <div>
        <h1>{TEXT.product}</h1>
        <p className="tagline">{TEXT.tagline}</p>
      </div>
      <div className="connection">
        <p className="status" role="status" data-kind={degraded ? 'degraded' : status}>
          {statusText(connection, ended, pending)}
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
function statusText(
  { status, via, degraded, node }: Connection,
  ended: SessionState['ended'],
  pending: number,
): string {
  if (status === 'ended') return TEXT.endedShort[ended ?? 'expired'];
  if (degraded) return TEXT.status.degraded;
  if (status === 'live') return TEXT.status[via === 'events' ? 'byEvents' : 'live'](node ?? '');
  return status === 'offline' ? TEXT.status.offline(pending) : TEXT.status[status]();
}
