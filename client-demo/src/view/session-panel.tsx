import { useRef } from 'react';
import { useConnection, useExpiry, useSession } from 'nestjs-shared-session-client/react';
import { formatSpan } from '../format.js';
import { TEXT } from '../text.js';
import { useNow } from '../use-now.js';

/** Whose session this is, and how long it lasts. */
export function SessionPanel() {
  const { session: current } = useSession();
  const { status, node } = useConnection();
  const { idleExpiresAt, absoluteExpiresAt, extend } = useExpiry();
  const now = useNow();
  return (
    <section className="card panel" aria-labelledby="session-title">
      <div className="row spread">
        <h2 id="session-title">{TEXT.session}</h2>
        <button className="quiet" disabled={status !== 'live'} onClick={() => void extend()}>
          {TEXT.extend}
        </button>
      </div>
      <dl>
        <dt>{TEXT.principal}</dt>
        <dd>{current ? `${current.principal.kind}:${current.principal.id}` : '–'}</dd>
        <dt>{TEXT.node}</dt>
        <dd>{node ?? '–'}</dd>
      </dl>
      <TimeLeft label={TEXT.idleLeft} end={idleExpiresAt} now={now} />
      <TimeLeft label={TEXT.absoluteLeft} end={absoluteExpiresAt} now={now} />
    </section>
  );
}

function TimeLeft({ label, end, now }: { label: string; end: number | null; now: number }) {
  const left = end === null ? 0 : Math.max(0, end - now);
  // The whole is not told; the most that was ever left comes close.
  const most = useRef(1);
  most.current = Math.max(most.current, left);
  return (
    <label className="time-left">
      <span className="row spread">
        <span>{label}</span>
        <span className="price">{formatSpan(left)}</span>
      </span>
      <progress max={most.current} value={left} />
    </label>
  );
}
