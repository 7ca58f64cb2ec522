import { beforeAll, describe, expect, it } from '@jest/globals';
import { Campaign } from './proofs/hostile/campaign.js';
import { Guests } from './proofs/hostile/guests.js';
import { type Holding, holdingOf, leftovers } from './proofs/hostile/leftovers.js';
import { MOVES } from './proofs/hostile/moves.js';
import { ProcessWatch } from './proofs/hostile/process-watch.js';
import { Stage, type Target } from './proofs/hostile/stage.js';
import { Tally } from './proofs/hostile/tally.js';
import { BUILT_SERVER } from './support/built-server.js';
import { NodeProcess } from './support/node-process.js';
import { openRedis, startRedis } from './support/redis-under-test.js';
import { uniquePrefix } from './support/test-node.js';

const SEED = 1;
const FRAMES = 2500;
const LANES = 4;
/** What waits for a sweep, or hashes passwords, is left to `npm run proof -- hostile`. */
const QUICK = MOVES.filter(({ name }) => !/expires|signs in/.test(name));

// A small part of what `npm run proof -- hostile` does: only what is right or wrong on any machine.
describe('a node outlives a client that writes what it likes', () => {
  let target: Target;
  let watch: ProcessWatch;
  let before: Holding;
  const tally = new Tally();

  beforeAll(async () => {
    const redisUrl = await startRedis();
    const prefix = uniquePrefix();
    const env = { REDIS_URL: redisUrl, REDIS_PREFIX: prefix };
    const program = `${BUILT_SERVER}/server/main.js`;
    const node = await NodeProcess.start('near', env, { program });
    const near = new URL(node.url);
    const guests = new Guests(near);
    await guests.prepare();
    target = { near, far: near, guests, redis: await openRedis(redisUrl), prefix };
    watch = new ProcessWatch(node);
    before = await holdingOf(watch);
  });

  it('at any byte of what it sends: it leaves nothing open', async () => {
    const campaign = new Campaign({ target, tally, seed: SEED, lanes: LANES });

    await campaign.cut(7);

    expect(tally.violations).toEqual([]);
  });

  it('answers each event that is well-formed once, and never with a bug of its own', async () => {
    const campaign = new Campaign({ target, tally, seed: SEED, lanes: LANES });

    await campaign.mix(QUICK, FRAMES);

    expect(tally.violations).toEqual([]);
  });

  it('keeps nothing of it, and has nothing to complain of', async () => {
    expect(await leftovers(watch, before)).toEqual([]);
    expect(watch.complaint()).toBeUndefined();
  });

  it('is noticed where it answers twice, or with a bug of its own', () => {
    const all = new Tally();
    const { answers } = new Stage(target, all.of('lie'), SEED).dial();
    const id = answers.expect('["cart:get"]');

    answers.receive(id, '[{"ok":false,"error":{"code":"INTERNAL"}}]');
    answers.receive(id, '[{"ok":true}]');

    const details = all.violations.map(({ detail }) => detail.split(':', 1)[0]);
    expect(details).toEqual(['answered INTERNAL', 'answered twice']);
  });
});
