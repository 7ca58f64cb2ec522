import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { TAKEN_OUT } from './hostile/taken-out.js';

const SOURCES = readdirSync('src', { recursive: true, encoding: 'utf8' });

// What `npm run proof -- unbounded` takes for granted; it is slow, and nobody runs it for a renaming.
describe.each(Object.entries(TAKEN_OUT))('%s', (_, { file, code }) => {
  it('stands in its source once', () => {
    const source = SOURCES.find((path) => path.endsWith(file.replace(/js$/, 'ts'))) ?? '';

    expect(readFileSync(`src/${source}`, 'utf8').split(code)).toHaveLength(2);
  });
});
