// Puts what a node needs to run into a folder: its programs in one file each, the page, and the one package that has
// a binary. What tests, builds and embedded Valkey need is not among it.
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundle } from './bundle.js';

const [folder] = process.argv.slice(2);
if (!folder) throw new Error('Say into which folder: node scripts/image-tree.js <folder>');

await bundle(folder, {
  'server/main': 'dist/server/main.js',
  'server/cli/operator': 'dist/server/cli/operator.js',
});
cpSync('dist/client-demo', join(folder, 'client-demo'), { recursive: true });
// The package, and beside it the one with the binary for this machine; it has no other dependencies.
cpSync('node_modules/@node-rs', join(folder, 'node_modules/@node-rs'), { recursive: true });
const { version, license } = JSON.parse(readFileSync('package.json', 'utf8'));
const manifest = { name: 'reference-server', private: true, version, license, type: 'module' };
writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, undefined, 2)}\n`);
