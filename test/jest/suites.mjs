import { readFileSync } from 'node:fs';

/**
 * Whether files run in suites, several in one Jest file: for each of its files Jest loads Nest, the client of
 * Redis and the rest anew, which takes longer than most tests. A path, or any other word, on the command
 * line makes every file run by itself.
 */
const inSuites = process.argv.slice(2).every((word) => word.startsWith('--'));

/**
 * What Jest looks for and what it leaves out, so that every file runs once: in its suite or, if it is in
 * none of these, by itself.
 *
 * @param {readonly string[]} files patterns
 * @param {readonly string[]} suites their names, in test/suites
 */
export function matching(files, suites) {
  if (!inSuites) return { testMatch: [...files], testPathIgnorePatterns: [] };
  return {
    testMatch: [...files, ...suites.map((name) => `<rootDir>/test/suites/${name}.suite.ts`)],
    testPathIgnorePatterns: suites.flatMap(membersOf),
  };
}

/** The files that a suite imports, as patterns of their paths. */
function membersOf(/** @type {string} */ suite) {
  const text = readFileSync(new URL(`../suites/${suite}.suite.ts`, import.meta.url), 'utf8');
  return [...text.matchAll(/import '[./]*(\/.*)\.js'/g)].map(([, path]) => `${path}\\.ts$`);
}
