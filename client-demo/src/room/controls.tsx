import { useEffect, useState } from 'react';

interface Tool {
  readonly name: string;
  readonly label: string;
  readonly shows: string;
}

/** One set of tools; each is used in both worlds at once. */
export function Controls() {
  const [tools, setTools] = useState<readonly Tool[]>([]);
  const [isBusy, setBusy] = useState(false);
  useEffect(() => {
    void fetch('/tools')
      .then((answer) => answer.json())
      .then(setTools, () => undefined);
  }, []);
  const use = (name: string): void => {
    setBusy(true);
    void fetch(`/use/${name}`, { method: 'POST' })
      // The story says what came of it, and the picture that it cannot be reached.
      .catch(() => undefined)
      .finally(() => setBusy(false));
  };
  return (
    <section className="controls" aria-labelledby="title-controls">
      <h2 id="title-controls">Do this, in both worlds</h2>
      <ul>
        {tools.map(({ name, label, shows }) => (
          <li key={name}>
            <button type="button" aria-disabled={isBusy} onClick={() => !isBusy && use(name)}>
              {label}
            </button>
            <span>{shows}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
