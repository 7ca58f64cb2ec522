import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { bundle } from '../../scripts/bundle.js';
import { stopAfterwards } from '../support/cleanup.js';
import { type Figure, percentile, program, report } from '../support/program.js';
import { openRedis, startRedisServer } from '../support/redis-under-test.js';
import { Arena } from './hostile/arena.js';
import { ATTACKS } from './hostile/attacks.js';
import { call } from './hostile/http-call.js';

const BUILT = 'build/bundled/attacks';
const ATTACKER = fileURLToPath(new URL('hostile/attacker.js', import.meta.url));
/** Of the attacker; healthy users have another one. */
const FROM = '203.0.113.66';
/** Less often than the limit. */
const EVERY_MS = 60;
const QUIET_MS = 10_000;
const WARM_UP_REQUESTS = 4000;
const AT_ONCE = 20;
const ATTACK_MS = Number(process.env['SECONDS'] ?? 15) * 1000;
const BETWEEN_PROBES_MS = 50;
/** By how much the figures of a machine with two cores move by themselves, in ms. */
const NOISE_MS = 10;
const SLOWER = { near: 2, far: 1.2 };
const MOST_MB = 64;
const PAGE_MS = 100;
const LOOKUP_MS = 50;
const only = process.env['ONLY'] ?? '';

/** How long a page and the look-up of a name take meanwhile, in ms. */
async function probe(near: URL, forMs: number): Promise<{ page: number[]; lookup: number[] }> {
  const page: number[] = [];
  const lookup: number[] = [];
  for (const end = performance.now() + forMs; performance.now() < end;) {
    const start = performance.now();
    await call(near, 'GET', '/');
    page.push(performance.now() - start);
    const { text } = await call(near, 'GET', '/hostile/lookup');
    lookup.push((JSON.parse(text) as { tookMs: number }).tookMs);
    await pause(BETWEEN_PROBES_MS);
  }
  return { page, lookup };
}

/** Until the nodes have compiled what they need, and V8 has taken the memory that it takes anyway. */
async function warmUp({ target }: Arena): Promise<void> {
  const cookie = target.guests.first;
  const paths = ['/session', '/catalog', '/'];
  for (let sent = 0; sent < WARM_UP_REQUESTS; sent += AT_ONCE) {
    const calls = Array.from({ length: AT_ONCE }, (_, at) =>
      call(at % 2 ? target.near : target.far, 'GET', paths[at % paths.length] ?? '/', { cookie }),
    );
    await Promise.all(calls);
  }
}

function figure(what: string, measured: number, most: number, unit: string): Figure {
  const target = `<= ${most.toFixed(0)} ${unit}`;
  return { what, measured: `${measured.toFixed(1)} ${unit}`, target, met: measured <= most };
}

/** What healthy users, the page and the node's memory are like while one attacker does that, with the limits on. */
async function suffer(name: string, arena: Arena): Promise<Figure[]> {
  const { users, watches, target } = arena;
  const { near, far } = target;
  await users.figures();
  await probe(near, QUIET_MS);
  const quiet = await users.figures();
  for (const watch of watches) watch.begin();
  const rest = watches.map(({ rssMb }) => rssMb);
  const attacker = fork(ATTACKER, [name, near.href, far.href, FROM]);
  stopAfterwards(() => attacker.kill('SIGKILL'));
  const { page, lookup } = await probe(near, ATTACK_MS);
  const attacked = await users.figures();
  const ended = once(attacker, 'exit');
  attacker.kill('SIGKILL');
  await ended;
  const troubles = [...quiet.troubles, ...attacked.troubles];
  const complaints = watches.flatMap((watch) => watch.complaint() ?? []);
  for (const watch of watches) watch.end();
  const slower = (['near', 'far'] as const).map((node, at) => {
    const before = quiet.latencies[at]?.p99 ?? NaN;
    const most = Math.max(before * SLOWER[node], before + NOISE_MS);
    const what = `${node} node: p99 of a healthy user (quiet ${before.toFixed(1)})`;
    return figure(what, attacked.latencies[at]?.p99 ?? NaN, most, 'ms');
  });
  const rose = Math.max(...watches.map(({ peakMb }, at) => peakMb - (rest[at] ?? 0)));
  return [
    ...slower,
    figure('near node: p99 of the page', percentile(page, 0.99), PAGE_MS, 'ms'),
    figure('near node: p99 of dns.lookup', percentile(lookup, 0.99), LOOKUP_MS, 'ms'),
    figure('memory more', rose, MOST_MB, 'MB'),
    figure(
      'what healthy users and nodes complained of',
      troubles.length + complaints.length,
      0,
      '',
    ),
  ];
}

// One attacker against two nodes with the limits that they have by default: what others notice of it.
await program(async () => {
  await bundle(BUILT, { server: 'build/test/proofs/hostile/server.js' });
  const { url: redisUrl } = await startRedisServer({ isDurable: false });
  const settings = {
    redis: await openRedis(redisUrl),
    redisUrl,
    program: `${BUILT}/server.js`,
    env: { RATE_LIMITS: 'on', TRUST_PROXY: '1' },
    everyMs: EVERY_MS,
  };
  let isMet = true;
  for (const name of Object.keys(ATTACKS).filter((each) => each.includes(only))) {
    const arena = await Arena.start({ ...settings });
    await warmUp(arena);
    const figures = await suffer(name, arena);
    isMet = report(name, figures) && isMet;
    await arena.stop();
    await settings.redis.flushAll();
  }
  return isMet;
});
