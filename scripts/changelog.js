// CHANGELOG.md as keep-a-changelog reads and writes it, in sections of our own names. Both packages have one version.
//
//   node scripts/changelog.js        fails if it is not in its format
//   node scripts/changelog.js cut    what is unreleased is the version of package.json from today on, and the client has that version
//   node scripts/changelog.js notes  prints what the version of package.json brings; fails if nothing is said of it
import { readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { parser, Release } from 'keep-a-changelog';
import prettier from 'prettier';

const FILE = 'CHANGELOG.md';
const CLIENT = 'src/client/package.json';
const SECTIONS = [
  'what must change in an application, or in how a node is run',
  'new',
  'mended',
  'in it from the start',
];

/** A release with the sections that ours have; any other is an error. */
class OwnRelease extends Release {
  /** @param {ConstructorParameters<typeof Release>} args */
  constructor(...args) {
    super(...args);
    this.changes = new Map(SECTIONS.map((name) => [name, []]));
  }
}

/**
 * @param {string} text
 * @throws Error naming the line that is not in the format
 */
export function readChangelog(text) {
  return parser(text, { releaseCreator: (...args) => new OwnRelease(...args) });
}

/**
 * What is unreleased becomes a version, and room is made for what comes after it.
 *
 * @param {string} text
 * @param {string} version
 * @param {Date} date
 * @throws Error when there is nothing to release, or that version was released before
 */
export function cutRelease(text, version, date) {
  const changelog = readChangelog(text);
  const unreleased = changelog.findRelease();
  if (!unreleased || unreleased.isEmpty()) throw new Error('Nothing is unreleased.');
  if (changelog.findRelease(version)) throw new Error(`${version} was released before.`);
  unreleased.setVersion(version);
  unreleased.setDate(date);
  return changelog.addRelease(new OwnRelease()).toString();
}

/**
 * What a version brings, without its heading.
 *
 * @param {string} text
 * @param {string} version
 * @throws Error when that version is not there, or has no date
 */
export function notesOf(text, version) {
  const release = readChangelog(text).findRelease(version);
  if (!release?.date) throw new Error(`${FILE} says nothing of ${version}.`);
  return release.toString().split('\n').slice(1).join('\n').trim();
}

/** @param {string} text */
async function formatted(text) {
  const options = await prettier.resolveConfig(FILE);
  return prettier.format(text, { ...options, parser: 'markdown' });
}

/** @param {string | undefined} command */
async function main(command) {
  const text = readFileSync(FILE, 'utf8');
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
  if (command === 'notes') {
    console.log(notesOf(text, version));
    return;
  }
  if (command === 'cut') {
    writeFileSync(FILE, await formatted(cutRelease(text, version, new Date())));
    const client = JSON.parse(readFileSync(CLIENT, 'utf8'));
    writeFileSync(CLIENT, `${JSON.stringify({ ...client, version }, null, 2)}\n`);
    return;
  }
  if ((await formatted(readChangelog(text).toString())) === text) return;
  console.error(`${FILE} has something that keep-a-changelog would not write.`);
  process.exitCode = 1;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main(process.argv[2]);
