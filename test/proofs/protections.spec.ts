import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { PROTECTIONS } from './protections.js';
import { titlesIn } from './titles.js';

const SPECS = ['test', 'src', 'client-demo/src'].flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /[.-]spec\.ts$/.test(name))
    .map((name) => `${folder}/${name}`),
);

/** Whether `test` picks the test of this title, or one of a table whose title has `%s` in it. */
function isNamedBy(title: string, test: string): boolean {
  const row = new RegExp(title.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll('%s', '.+'));
  return title.includes(test) || (title.includes('%s') && row.test(test));
}

// What `npm run proof -- counter` takes for granted; it is slow, and nobody runs it for a renaming.
describe.each(PROTECTIONS)('$name', ({ source, code, file, test }) => {
  it('stands in its source once', () => {
    expect(readFileSync(source, 'utf8').split(code)).toHaveLength(2);
  });

  it('has its test in one file', () => {
    const files = SPECS.filter((path) => path.startsWith(file));

    expect(files).toHaveLength(1);
    expect(titlesIn(files[0] ?? '').some((title) => isNamedBy(title, test))).toBe(true);
  });
});
