import { printTable, program } from '../support/program.js';
import { EXPERIMENTS } from './storm/experiments.js';
import { play } from './storm/play.js';
import { isAsExpected, printDetails, rowOf, TITLES } from './storm/row.js';

const names = process.argv.slice(2);
const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31));
const load = Number(process.env['LOAD'] ?? 1);
/** Only with all protections. */
const isQuick = process.env['QUICK'] !== undefined;

// Users shop, come and go on several nodes while Redis, the network and the nodes fail in one way after another; then all
// that they were told is held against what is there. Each once more with a protection out: the checker must see it.
await program(async () => {
  const chosen = EXPERIMENTS.filter(({ name }) => names.length === 0 || names.includes(name));
  const unknown = names.filter((name) => EXPERIMENTS.every((each) => each.name !== name));
  if (unknown.length > 0) {
    const all = EXPERIMENTS.map(({ name }) => name).join(', ');
    throw new Error(`There is no storm named ${unknown.join(', ')}. There are: ${all}.`);
  }
  console.log(`SEED=${String(seed)} draws the same; timing differs.`);
  const rows: string[][] = [];
  let isGood = true;
  for (const experiment of chosen) {
    for (const isUnprotected of isQuick || !experiment.takenOut ? [false] : [false, true]) {
      const result = await play(experiment, { seed, load, isUnprotected }).catch(printError);
      isGood &&= result !== undefined;
      // The others are played all the same.
      if (!result) continue;
      printDetails(result, isUnprotected ? experiment.takenOut?.what : undefined);
      isGood &&= isAsExpected(experiment, result, isUnprotected);
      rows.push(rowOf(experiment, result, { isUnprotected, seed }));
    }
  }
  printTable(TITLES, rows);
  return isGood;
});

/** What kept a storm from being played to its end. */
function printError(error: unknown): undefined {
  console.error(error);
}
