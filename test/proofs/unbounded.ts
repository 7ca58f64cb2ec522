import { bundle } from '../../scripts/bundle.js';
import { printTable, program } from '../support/program.js';
import { openRedis, startRedisServer } from '../support/redis-under-test.js';
import { Arena } from './hostile/arena.js';
import { BOUND_MOVES } from './hostile/bounds.js';
import { Campaign } from './hostile/campaign.js';
import { TAKEN_OUT } from './hostile/taken-out.js';
import { Tally } from './hostile/tally.js';

const BUILT = 'build/bundled/unbounded';
const NOT_SEEN = 'NO';
const only = process.env['ONLY'] ?? '';

// Each move of the hostile client that goes beyond a bound must see that nothing stops it any more, when what should is
// taken out of the server.
await program(async () => {
  const { url: redisUrl } = await startRedisServer({ isDurable: false });
  const settings = { redis: await openRedis(redisUrl), redisUrl, program: `${BUILT}/server.js` };
  const rows: string[][] = [];
  for (const move of BOUND_MOVES.filter(({ name }) => name.includes(only))) {
    const edits = move.bounds.map((bound) => TAKEN_OUT[bound]);
    await bundle(BUILT, { server: 'build/test/proofs/hostile/server.js' }, edits);
    const arena = await Arena.start(settings);
    const tally = new Tally();
    await new Campaign({ target: arena.target, tally, seed: 1, lanes: 1 }).play(move);
    await arena.stop();
    const seen = tally.violations[0]?.detail ?? NOT_SEEN;
    console.error(`${move.name}: ${seen}`);
    rows.push([move.bounds.join(' and '), move.name, seen]);
  }
  printTable(['taken out', 'move', 'what it sees'], rows);
  return rows.every(([, , seen]) => seen !== NOT_SEEN);
});
