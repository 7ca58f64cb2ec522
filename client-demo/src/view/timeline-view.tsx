import { formatTime } from '../format.js';
import { TEXT } from '../text.js';
import { useTimeline } from '../use-timeline.js';

/** What the server told this tab, the newest first. */
export function Timeline() {
  const entries = useTimeline();
  return (
    <section className="card timeline" aria-labelledby="timeline-title">
      <h2 id="timeline-title">{TEXT.timeline}</h2>
      {entries.length === 0 && <p className="hint">{TEXT.timelineEmpty}</p>}
      <ol tabIndex={0} aria-labelledby="timeline-title">
        {entries.map(({ id, at, what, tookMs }) => (
          <li key={id}>
            <time className="hint">{formatTime(at)}</time>
            <span>{what}</span>
            {tookMs !== undefined && <span className="badge">{TEXT.happened.after(tookMs)}</span>}
          </li>
        ))}
      </ol>
    </section>
  );
}
