import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { titlesIn } from './titles.js';

const MODEL = readFileSync('docs/security.md', 'utf8');

/** The tests that a document names: a file in brackets, and the titles in quotes that follow it. */
function testsNamedIn(document: string): { path: string; title: string }[] {
  const text = readFileSync(document, 'utf8');
  const links = [...text.matchAll(/^\[(.+)\]: (\S+)$/gm)];
  const paths = new Map(links.map(([, name, path = '']) => [name, join('docs', path)]));
  const named = [...text.matchAll(/\[([\w.-]+)\] ((?:“[^”]+”(?:, )?)+)/g)];
  return named.flatMap(([, file = '', titles = '']) =>
    [...titles.matchAll(/“([^”]+)”/g)].map(([, title = '']) => {
      return { path: paths.get(file) ?? '', title };
    }),
  );
}

describe('docs/security.md', () => {
  it('names a test in every row', () => {
    const lines = MODEL.split('\n');
    const rows = lines.filter(
      (line, index) =>
        line.startsWith('| ') &&
        !line.startsWith('| -') &&
        !(lines[index + 1] ?? '').startsWith('| -'),
    );

    expect(rows.length).toBeGreaterThan(60);
    for (const row of rows) expect(row).toMatch(/\[[\w.-]+\] “|^\| S\d+ .*\| in part: /);
  });

  it('has each row of the map, once and in order', () => {
    const rows = [...MODEL.matchAll(/^\| (S\d+) +\|[^|]+\| (?:holds|in part: \w)/gm)];

    const expected = Array.from({ length: 37 }, (_, index) => `S${String(index + 1)}`);
    expect(rows.map(([, name]) => name)).toEqual(expected);
  });
});

describe.each(['docs/adopting.md', 'docs/security.md', 'docs/websockets.md'])('%s', (document) => {
  it.each(testsNamedIn(document))(
    'names a test that is there: $path “$title”',
    ({ path, title }) => {
      expect(titlesIn(path).some((each) => each.includes(title))).toBe(true);
    },
  );
});

describe.each(['docs/adopting.md', 'docs/redis.md', 'docs/websockets.md'])('%s', (document) => {
  const text = readFileSync(document, 'utf8');
  const paths = [...text.matchAll(/(?:\](?:\(|: ))(?!https:)([\w./-]+)/gm)].map(
    ([, path = '']) => path,
  );

  it.each(paths)('links to %s, which is there', (path) => {
    expect(existsSync(join('docs', path))).toBe(true);
  });
});

describe.each(['CONTRIBUTING.md', 'docs/architecture.md'])('%s', (document) => {
  const text = readFileSync(document, 'utf8');
  const named = new Set([...text.matchAll(/`([\w./-]+\.ts)`/g)].map(([, name = '']) => name));
  const paths = ['src', 'test', 'bench', 'client-demo'].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((path) => `/${folder}/${path}`),
  );

  it.each([...named])('names a file that is there: %s', (name) => {
    expect(paths.some((path) => path.endsWith(`/${name}`))).toBe(true);
  });
});

describe('README.md', () => {
  const links = [...readFileSync('README.md', 'utf8').matchAll(/\]\(([^):]+)\)/g)];

  it.each(links.map(([, path = '']) => path))('links to %s, which is there', (path) => {
    expect(existsSync(path)).toBe(true);
  });

  it('names every e2e test among its promises', () => {
    const paths = links.map(([, path]) => path);
    const tests = readdirSync('test').filter((name) => name.endsWith('.e2e-spec.ts'));

    for (const name of tests) expect(paths).toContain(`test/${name}`);
  });
});
