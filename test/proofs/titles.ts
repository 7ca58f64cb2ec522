import { readFileSync } from 'node:fs';

/** A title stands before the function that is its test or its suite. */
const TITLES = /(['"`])((?:(?!\1).)+)\1,\s*(?:async )?\(/g;

/** The titles of a test file's tests and suites, as they are written. */
export function titlesIn(path: string): string[] {
  return [...readFileSync(path, 'utf8').matchAll(TITLES)].map(([, , title = '']) => title);
}
