import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { PROTECTIONS } from './protections.js';

/** A title stands before the function that is its test or its suite. */
const TITLES = /(['"`])((?:(?!\1).)+)\1,\s*(?:async )?\(/g;

const titlesIn = (path: string): string[] =>
  [...readFileSync(path, 'utf8').matchAll(TITLES)].map(([, , title = '']) => title);

// What `npm run proof -- counter` takes for granted; it is slow, and nobody runs it for a renaming.
describe.each(PROTECTIONS)('$name', ({ source, code, file, test }) => {
  it('stands in its source once', () => {
    expect(readFileSync(source, 'utf8').split(code)).toHaveLength(2);
  });

  it('has its test in one file', () => {
    const files = readdirSync('test').filter((name) => `test/${name}`.startsWith(file));

    expect(files).toHaveLength(1);
    expect(titlesIn(`test/${files[0] ?? ''}`)).toContainEqual(expect.stringContaining(test));
  });
});
