import { mkdirSync, writeFileSync } from 'node:fs';
import { printTable, program, report } from '../test/support/program.js';
import { writeCharts } from './charts.js';
import { compare } from './compare.js';
import { measureGrowth } from './growth.js';
import { PEERS } from './peer.js';
import { figureNames, summary, valuesOf } from './results.js';
import type { Load } from './scenario.js';
import { SCENARIOS } from './scenarios.js';
import { targetsOf } from './targets.js';

const FULL: Load = {
  logins: 1000,
  connects: 1000,
  idle: 5000,
  steadySeconds: 10,
  burstSeconds: 3,
  ends: 1000,
  herd: 5000,
};
const QUICK: Load = {
  logins: 200,
  connects: 400,
  idle: 700,
  steadySeconds: 4,
  burstSeconds: 1.5,
  ends: 200,
  herd: 500,
};
const ROUNDS = 3;

// Measures this server and what a user would use instead, in turns, in the same run.
await program(async () => {
  const isQuick = process.argv.includes('--quick');
  const [load, rounds] = isQuick ? [QUICK, 1] : [FULL, ROUNDS];
  const results = await compare({ kinds: PEERS, scenarios: SCENARIOS, load, rounds });
  const peers = [...results.keys()];
  const rows = figureNames(results).map((name) => [
    name,
    ...peers.map((peer) => summary(valuesOf(results, peer, name))),
  ]);
  printTable(['figure (median; min to max)', ...peers], rows);
  report('Against the targets', targetsOf(results));
  const growth = await measureGrowth(isQuick);
  for (const { title, head, rows: lines } of growth) {
    console.log(`\n${title}\n`);
    printTable(head, lines);
  }
  mkdirSync('test-results', { recursive: true });
  const record = { results: Object.fromEntries(results), growth };
  writeFileSync('test-results/bench.json', JSON.stringify(record, null, 2));
  // The figures in the docs are those of a full run.
  if (!isQuick) writeCharts(results, growth);
  return true;
});
