// Makes a package of its own of the built browser client, so that a front end installs no Nest.
import { copyFileSync } from 'node:fs';

const ROOT = new URL('../', import.meta.url);
const FILES = {
  'src/client/package.json': 'package.json',
  'docs/client.md': 'README.md',
  LICENSE: 'LICENSE',
};

for (const [from, to] of Object.entries(FILES)) {
  copyFileSync(new URL(from, ROOT), new URL(`dist/client/${to}`, ROOT));
}
