// Builds the programs of the control room, and what they are made of, without checking types.
import { copyFileSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { transformFileSync } from '@swc/core';

const OUT = 'build/room';
const FOLDERS = ['client-demo/src/room', 'src', 'test/room', 'test/support', 'test/torture'];
const isBuilt = (/** @type {string} */ file) =>
  file.endsWith('.ts') && !/[.-]spec\.ts$/.test(file) && !/^client[\\/]/.test(file);

rmSync(OUT, { recursive: true, force: true });
for (const folder of FOLDERS) {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  for (const file of files.filter(isBuilt)) {
    const to = join(OUT, folder, file.replace(/\.ts$/, '.js'));
    mkdirSync(dirname(to), { recursive: true });
    writeFileSync(to, transformFileSync(join(folder, file)).code);
  }
}

const RIGHTS = 'scripts/redis-acl.js';
mkdirSync(join(OUT, dirname(RIGHTS)), { recursive: true });
copyFileSync(RIGHTS, join(OUT, RIGHTS));
