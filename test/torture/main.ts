import { printTable, program } from '../support/program.js';
import { SCENARIOS } from './scenarios.js';
import { runRow, startContenders } from './worlds.js';

// Runs every scenario against the usual recipe and against this library, and prints both.
await program(async () => {
  const contenders = await startContenders();
  const rows: string[][] = [];
  let allGood = true;
  for (const scenario of SCENARIOS) {
    const { recipe, ours } = await runRow(scenario, contenders);
    allGood &&= ours.good && !recipe.good;
    rows.push([scenario.name, recipe.says, ours.says]);
  }
  printTable(['scenario', 'recipe', 'here'], rows);
  return allGood;
});
