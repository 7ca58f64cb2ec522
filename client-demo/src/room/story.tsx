import type { Picture } from './picture.js';

const NAMES = { recipe: 'Recipe: ', ours: 'Ours: ' } as const;

/** What happened, in words and in order: all of the room for whoever does not see it. */
export function Story({ lines }: { lines: Picture['lines'] }) {
  const shown = lines.filter((line) => line.type === 'told' || line.ms !== null);
  return (
    <section className="story" aria-labelledby="title-story">
      <h2 id="title-story">What happened</h2>
      <ol aria-live="polite">
        {shown.map((line) => (
          <li key={line.seq}>
            {line.world && NAMES[line.world]}
            {line.type === 'told'
              ? line.text
              : `${line.session} was closed on node ${line.node} after ${String(line.ms)} ms.`}
          </li>
        ))}
      </ol>
      {shown.length === 0 && <p className="about">Nothing yet. Try “Log out”.</p>}
    </section>
  );
}
