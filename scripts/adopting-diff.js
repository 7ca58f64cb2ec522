// What an application of `nest new` changes to adopt the library, as docs/adopting.md shows it.
//
//   node scripts/adopting-diff.js  writes the difference of examples/nest-new into the document; a unit test compares them
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createTwoFilesPatch } from 'diff';

const DOCUMENT = 'docs/adopting.md';
const [BEFORE, AFTER] = ['examples/nest-new/before', 'examples/nest-new/after'];
const BLOCK = /(?<=```diff\n)[^]*?(?=```\n)/;

/** The differences of all files that change, as `git diff` prints them. */
export function adoptingDiff() {
  return changedFiles().map(diffOf).join('');
}

/** What docs/adopting.md shows. */
export function documentedDiff() {
  return BLOCK.exec(readFileSync(DOCUMENT, 'utf8'))?.[0];
}

/**
 * How many lines a difference takes out and puts in. Empty lines are none.
 *
 * @param {string} diff
 */
export function linesChanged(diff) {
  return diff.split('\n').filter((line) => /^[+-](?![+-]{2} )\s*\S/.test(line)).length;
}

/** Whatever stands in `after` differs; all the rest stays as it is. */
function changedFiles() {
  const files = readdirSync(AFTER, { recursive: true, encoding: 'utf8' });
  return files.filter((name) => name.endsWith('.ts')).sort();
}

/** @param {string} name */
function diffOf(name) {
  const [before, after] = [BEFORE, AFTER].map((folder) => readFileSync(join(folder, name), 'utf8'));
  if (before === after) throw new Error(`${name} is the same before and after.`);
  const patch = createTwoFilesPatch(
    `a/${name}`,
    `b/${name}`,
    before ?? '',
    after ?? '',
    undefined,
    undefined,
    { context: 1 },
  );
  // Without the space at the end of an empty line, which the formatter takes away.
  return patch.replace(/^=+\n/, '').replace(/^ $/gm, '');
}

function write() {
  const text = readFileSync(DOCUMENT, 'utf8');
  writeFileSync(
    DOCUMENT,
    text.replace(BLOCK, () => adoptingDiff()),
  );
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) write();
