import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { ChangeLog } from '../../src/client/change-log.js';
import { converge, type Outcome } from '../convergence/converge.js';
import { stopAfterwards } from '../support/cleanup.js';
import { NodeProcess } from '../support/node-process.js';
import { type Figure, program, report } from '../support/program.js';
import { openRedis, startRedisServer } from '../support/redis-under-test.js';

const WITHOUT_DEDUPE = 'build/server-without-dedupe';
const DOWN_MS = 2000;
/** Longest time from a broadcast, past a gap, until a tab shows it. */
const RESYNC_MS = 1000;

// 25 shoppers with 3 tabs each on 3 nodes do 20,000 things to their carts, on a bad network and with
// a node that is killed. Then twice again with a protection taken out: the checker must notice.
await program(async () => {
  const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31));
  console.log(`SEED=${String(seed)} npm run proof:cart draws the same; timing differs.`);
  // 800 each: what the cart does not remember any more cannot be checked.
  const whole = await run(seed, { shoppers: 25, operations: 20_000 });
  console.log(whole.counts, whole.violations.slice(0, 20));

  const small = { shoppers: 12, operations: 3000 };
  const withoutDedupe = await run(seed, { ...small, server: serverWithoutDedupe() });
  console.log('without dedupe:', tally(withoutDedupe.violations));
  Object.defineProperty(ChangeLog.prototype, 'hasGap', { get: () => false });
  const withoutGaps = await run(seed, small);
  console.log('without gap detection:', tally(withoutGaps.violations));

  return report('Convergence of carts', [
    figure('violations', whole, (count) => count === 0, '0'),
    figure('violations without dedupe', withoutDedupe, (count) => count > 0, '>= 1'),
    figure('violations without gap detection', withoutGaps, (count) => count > 0, '>= 1'),
  ]);
});

interface Load {
  readonly shoppers: number;
  readonly operations: number;
  readonly server?: string;
}

async function run(
  seed: number,
  { shoppers, operations, server = 'dist' }: Load,
): Promise<Outcome> {
  const redis = await startRedisServer();
  const settings = { REDIS_URL: redis.url };
  const start = (name: string, port?: number) =>
    NodeProcess.start(name, settings, { server, ...(port !== undefined && { port }) });
  const nodes = await Promise.all(['a', 'b', 'c'].map((name) => start(name)));
  return converge({
    nodes,
    redis: await openRedis(redis.url),
    redisPrefix: '',
    seed,
    shoppers,
    operations,
    resyncMs: RESYNC_MS,
    async disrupt() {
      const [, victim] = nodes;
      if (!victim) return;
      await victim.stop('SIGKILL');
      await pause(DOWN_MS);
      await start('b', victim.port);
    },
  });
}

/** A copy of the built server whose cart script does not know operations again. */
function serverWithoutDedupe(): string {
  cpSync('dist', WITHOUT_DEDUPE, { recursive: true });
  stopAfterwards(() => {
    rmSync(WITHOUT_DEDUPE, { recursive: true });
  });
  const script = `${WITHOUT_DEDUPE}/server/cart/cart.script.js`;
  writeFileSync(script, readFileSync(script, 'utf8').replace('if known then', 'if false then'));
  return WITHOUT_DEDUPE;
}

function figure(
  what: string,
  { violations }: Outcome,
  isMet: (count: number) => boolean,
  target: string,
): Figure {
  return { what, measured: violations.length, target, met: isMet(violations.length) };
}

/** How often each kind of violation occurs. */
function tally(violations: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const each of violations) {
    const kind = each.replace(/\d+/g, 'n');
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}
