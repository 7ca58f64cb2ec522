// Packs what is published, and asks publint and Are The Types Wrong whether every Node, bundler and TypeScript can take it.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const PACK = ['--ignore-scripts', '--silent', '--pack-destination'];
const directory = mkdtempSync(join(tmpdir(), 'packages-'));
process.on('exit', () => rmSync(directory, { recursive: true }));

for (const folder of ['.', 'dist/client']) {
  const packed = run('npm', ['pack', resolve(folder), ...PACK, directory]);
  const file = join(directory, packed.trim());
  run('node_modules/.bin/publint', ['run', file, '--strict']);
  run('node_modules/.bin/attw', [file]);
  console.log(`${packed.trim()} is as it should be.`);
}

function run(/** @type {string} */ command, /** @type {string[]} */ args) {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  if (status === 0) return stdout;
  console.error(`${command} ${args.join(' ')} failed:\n${stdout}${stderr}`);
  process.exit(1);
}
