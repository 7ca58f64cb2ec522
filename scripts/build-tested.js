// Builds what the tests start, without checking types: the files of the server, and its programs in one file each.
import { copyFileSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { transformFileSync } from '@swc/core';
import { bundle } from './bundle.js';
import './clean.js';
import './room-programs.js';

const isBuilt = (/** @type {string} */ file) =>
  /\.[jt]s$/.test(file) && !file.endsWith('.spec.ts') && !/^client[\\/]/.test(file);

const files = readdirSync('src', { recursive: true, encoding: 'utf8' });
for (const file of files.filter(isBuilt)) {
  const from = join('src', file);
  const to = join('dist', file.replace(/\.ts$/, '.js'));
  mkdirSync(dirname(to), { recursive: true });
  if (file.endsWith('.js')) copyFileSync(from, to);
  else writeFileSync(to, transformFileSync(from).code);
}

await bundle('dist/bundled', {
  'server/main': 'dist/server/main.js',
  'server/cli/operator': 'dist/server/cli/operator.js',
});
