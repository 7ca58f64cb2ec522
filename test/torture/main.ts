import { printTable, program } from '../support/program.js';
import { startRedisServer } from '../support/redis-under-test.js';
import { startOurs } from './contender.js';
import { startRecipe } from './recipe.js';
import { IDLE_SECONDS, SCENARIOS } from './scenarios.js';

// Runs every scenario against the usual recipe and against this library, and prints both.
await program(async () => {
  const redis = await startRedisServer();
  const recipe = await startRecipe(redis.url, { prefix: 'recipe:', idleSeconds: IDLE_SECONDS });
  const ours = await startOurs(redis.url, { prefix: 'ours:', idleSeconds: IDLE_SECONDS });

  const rows: string[][] = [];
  let allGood = true;
  for (const { name, run } of SCENARIOS) {
    const [theirs, here] = [await run(recipe), await run(ours)];
    allGood &&= here.good && !theirs.good;
    rows.push([name, theirs.says, here.says]);
  }
  printTable(['scenario', 'recipe', 'here'], rows);
  return allGood;
});
