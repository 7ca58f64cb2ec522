import { useEffect, useState } from 'react';

interface Outcome {
  readonly says: string;
  readonly good: boolean;
}

interface Row {
  readonly recipe: Outcome;
  readonly ours: Outcome;
}

type Result = Row | 'running' | 'failed';

/** The rows of `npm run torture`, each by the same function, on servers of their own. */
export function Scoreboard() {
  const [names, setNames] = useState<readonly string[]>([]);
  const [results, setResults] = useState<Readonly<Record<number, Result>>>({});
  useEffect(() => {
    void fetch('/rows')
      .then((answer) => answer.json())
      .then(setNames, () => undefined);
  }, []);
  const show = (index: number, result: Result): void => {
    setResults((before) => ({ ...before, [index]: result }));
  };
  const run = (index: number): void => {
    if (results[index] === 'running') return;
    show(index, 'running');
    void resultOf(index).then((result) => show(index, result));
  };
  return (
    <section className="scoreboard" aria-labelledby="title-scoreboard">
      <h2 id="title-scoreboard">Scoreboard</h2>
      <p className="about">
        The rows of <code>npm run torture</code>. Each runs on servers of its own, for some seconds.
      </p>
      <ol>
        {names.map((name, index) => (
          <li key={name}>
            <button type="button" aria-label={`Run: ${name}`} onClick={() => run(index)}>
              ▶
            </button>
            <span>{name}</span>
            <ResultView result={results[index]} />
          </li>
        ))}
      </ol>
    </section>
  );
}

async function resultOf(index: number): Promise<Result> {
  try {
    const answer = await fetch(`/rows/${String(index)}`, { method: 'POST' });
    return answer.ok ? ((await answer.json()) as Row) : 'failed';
  } catch {
    return 'failed';
  }
}

function ResultView({ result }: { result: Result | undefined }) {
  if (result === undefined) return null;
  if (typeof result === 'string') return <span role="status">{result}</span>;
  const { recipe, ours } = result;
  return (
    <dl role="status">
      <div data-good={recipe.good}>
        <dt>Recipe</dt>
        <dd>{recipe.says}</dd>
      </div>
      <div data-good={ours.good}>
        <dt>Ours</dt>
        <dd>{ours.says}</dd>
      </div>
    </dl>
  );
}
