import { IdentityProvider } from '../support/identity-provider.js';
import { startRedisServer } from '../support/redis-under-test.js';
import { type Contender, startOurs } from './contender.js';
import { startRecipe } from './recipe.js';
import { IDLE_SECONDS, type Outcome, type Scenario } from './scenarios.js';

export interface Contenders {
  readonly recipe: Contender;
  readonly ours: Contender;
}

/** What a scenario came to. */
export interface Row {
  readonly recipe: Outcome;
  readonly ours: Outcome;
}

/** Both contenders, on a Redis of their own. */
export async function startContenders(): Promise<Contenders> {
  const redis = await startRedisServer();
  const provider = await IdentityProvider.start();
  const common = { redisUrl: redis.url, idleSeconds: IDLE_SECONDS, provider };
  return {
    recipe: await startRecipe({ ...common, prefix: 'recipe:' }),
    ours: await startOurs({ ...common, prefix: 'ours:' }),
  };
}

/** A scenario with both, one after the other. */
export async function runRow({ run }: Scenario, { recipe, ours }: Contenders): Promise<Row> {
  return { recipe: await run(recipe), ours: await run(ours) };
}
