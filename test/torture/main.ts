import { IdentityProvider } from '../support/identity-provider.js';
import { printTable, program } from '../support/program.js';
import { startRedisServer } from '../support/redis-under-test.js';
import { startOurs } from './contender.js';
import { startRecipe } from './recipe.js';
import { IDLE_SECONDS, SCENARIOS } from './scenarios.js';

// Runs every scenario against the usual recipe and against this library, and prints both.
await program(async () => {
  const redis = await startRedisServer();
  const provider = await IdentityProvider.start();
  const common = { redisUrl: redis.url, idleSeconds: IDLE_SECONDS, provider };
  const recipe = await startRecipe({ ...common, prefix: 'recipe:' });
  const ours = await startOurs({ ...common, prefix: 'ours:' });

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
