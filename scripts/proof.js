// Runs slow proofs one after another: all, or those that are named. Fails when one of them does.
import { spawnSync } from 'node:child_process';

const PROOFS = [
  'revocation',
  'lost-signals',
  'frozen-node',
  'cost',
  'shards',
  'cart',
  'faults',
  'hostile',
  'unbounded',
  'counter',
];

const named = process.argv.slice(2);
const unknown = named.filter((name) => !PROOFS.includes(name));
if (unknown.length > 0) {
  console.error(`There is no proof named ${unknown.join(', ')}. There are: ${PROOFS.join(', ')}.`);
  process.exit(1);
}

for (const name of named.length > 0 ? named : PROOFS) {
  const { status } = spawnSync(process.execPath, [`build/test/proofs/${name}.js`], {
    stdio: 'inherit',
  });
  if (status !== 0) process.exitCode = 1;
}
