// Removes the built server, so that no file of an earlier build is left in it.
import { readdirSync, rmSync } from 'node:fs';

const DIST = new URL('../dist/', import.meta.url);
const KEPT = 'client-demo';

try {
  for (const name of readdirSync(DIST)) {
    if (name !== KEPT) rmSync(new URL(name, DIST), { recursive: true });
  }
} catch (error) {
  if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'ENOENT') throw error;
}
