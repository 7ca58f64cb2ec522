// Runs slow proofs one after another: all, or those that are named. Fails when one of them does. What follows the name
// of `storm` are storms.
import { spawnSync } from 'node:child_process';

const PROOFS = [
  'revocation',
  'provider-logout',
  'holders',
  'streams',
  'lost-signals',
  'frozen-node',
  'cost',
  'diagnostics',
  'limits',
  'attacks',
  'shards',
  'million',
  'cart',
  'faults',
  'hostile',
  'unbounded',
  'storm',
  'counter',
];

const given = process.argv.slice(2);
const isStorm = given[0] === 'storm';
const named = isStorm ? ['storm'] : given;
const parts = isStorm ? given.slice(1) : [];
const unknown = named.filter((name) => !PROOFS.includes(name));
if (unknown.length > 0) {
  console.error(`There is no proof named ${unknown.join(', ')}. There are: ${PROOFS.join(', ')}.`);
  process.exit(1);
}

for (const name of named.length > 0 ? named : PROOFS) {
  const program = `build/test/proofs/${name}.js`;
  const { status } = spawnSync(process.execPath, [program, ...parts], { stdio: 'inherit' });
  if (status !== 0) process.exitCode = 1;
}
