import { setTimeout as pause } from 'node:timers/promises';
import { NodeProcess } from '../support/node-process.js';
import { type Figure, percentile, program, report } from '../support/program.js';
import { openRedis, startRedisServer } from '../support/redis-under-test.js';
import { operation, Visitor } from '../support/visitor.js';
import { type Holder, type HolderEnd, KINDS } from './holders/holder.js';

const RUNS = Number(process.env['RUNS'] ?? 500);
const AT_ONCE = 20;
const SOME = 60;
const FROZEN_MS = 20_000;

type Kind = keyof typeof KINDS;
const NAMES = Object.keys(KINDS) as Kind[];

interface Subject {
  readonly visitor: Visitor;
  readonly holders: ReadonlyMap<Kind, Holder>;
}

// One user each with everything on node B that can hold a session. Each session ends on node A: measured is the time until each
// thing has ended, and whether it says why. Then the same with B's subscriber killed, and with B frozen.
await program(async () => {
  const redis = await startRedisServer();
  const settings = { REDIS_URL: redis.url };
  const server = { program: 'build/test/proofs/holders/server.js' };
  const a = await NodeProcess.start('a', settings);
  const b = await NodeProcess.start('b', settings, server);
  const operator = await openRedis(redis.url);

  const healthy = await endOneByOne(a, b);
  const killed = await endAtOnce(await arriveAll(SOME, a, b), () =>
    operator.sendCommand(['CLIENT', 'KILL', 'TYPE', 'PUBSUB']),
  );
  const frozen = await endWhileFrozen(await arriveAll(SOME, a, b), { a, b }, () =>
    operator.publish('news', 'news for nobody'),
  );
  return report(`What holds a session: ${String(RUNS)} logouts`, [
    ...healthy,
    ...killed,
    ...frozen,
  ]);
});

async function arrive(a: NodeProcess, b: NodeProcess): Promise<Subject> {
  const visitor = await new Visitor(a).register();
  const opened = NAMES.map(async (name) => [name, await KINDS[name](visitor, b)] as const);
  return { visitor, holders: new Map(await Promise.all(opened)) };
}

async function arriveAll(count: number, a: NodeProcess, b: NodeProcess): Promise<Subject[]> {
  const subjects: Subject[] = [];
  while (subjects.length < count) {
    const some = Math.min(AT_ONCE, count - subjects.length);
    subjects.push(...(await Promise.all(Array.from({ length: some }, () => arrive(a, b)))));
  }
  return subjects;
}

async function endOneByOne(a: NodeProcess, b: NodeProcess): Promise<Figure[]> {
  const times = new Map(NAMES.map((name) => [name, [] as number[]]));
  let wrong = 0;
  for (let done = 0; done < RUNS; done += AT_ONCE) {
    for (const { visitor, holders } of await arriveAll(Math.min(AT_ONCE, RUNS - done), a, b)) {
      const start = performance.now();
      const ends = endsOf(holders);
      await visitor.logout();
      for (const [name, { at, reason }] of await ends) {
        times.get(name)?.push(at - start);
        if (reason !== 'signed-out') wrong += 1;
      }
    }
  }
  return [
    ...[...times].flatMap(([name, each]) => latencies(name, each)),
    { what: 'ends without their reason', measured: wrong, target: '0', met: wrong === 0 },
  ];
}

function latencies(name: string, times: readonly number[]): Figure[] {
  const p99 = percentile(times, 0.99);
  return [
    { what: `${name}: p50 ms`, measured: percentile(times, 0.5), target: '-', met: true },
    { what: `${name}: p99 ms`, measured: p99, target: '<= 100', met: p99 <= 100 },
    { what: `${name}: max ms`, measured: Math.max(...times), target: '-', met: true },
  ];
}

async function endAtOnce(
  subjects: readonly Subject[],
  cut: () => Promise<unknown>,
): Promise<Figure[]> {
  console.error('subscribers killed …');
  const ends = Promise.all(subjects.map(({ holders }) => endsOf(holders)));
  await cut();
  const start = performance.now();
  await Promise.all(subjects.map(({ visitor }) => visitor.logout()));
  const all = (await ends).flat();
  return NAMES.map((kind) => {
    const times = all.filter(([name]) => name === kind).map(([, { at }]) => at - start);
    const max = Math.max(...times);
    const what = `subscribers killed: ${kind}, last ended after ms`;
    return { what, measured: max, target: '<= 6000', met: max <= 6000 };
  });
}

async function endWhileFrozen(
  subjects: readonly Subject[],
  { a, b }: { readonly a: NodeProcess; readonly b: NodeProcess },
  publish: () => Promise<unknown>,
): Promise<Figure[]> {
  console.error('node frozen …');
  // A second device of each user goes on changing the cart.
  const others: Visitor[] = [];
  while (others.length < subjects.length) {
    // Of more at once some would be told to come back later.
    const some = subjects.slice(others.length, others.length + AT_ONCE);
    others.push(
      ...(await Promise.all(some.map(({ visitor }) => new Visitor(a).login(visitor.email)))),
    );
  }
  const change = () =>
    Promise.all([
      publish(),
      ...others.map((each) => each.post('/cart/operations', operation('add', 'scale', 1))),
    ]);
  const ends = Promise.all(subjects.map(({ holders }) => endsOf(holders)));
  const before = deliveredTo(subjects);
  b.signal('SIGSTOP');
  await Promise.all(subjects.map(({ visitor }) => visitor.logout()));
  await change();
  await pause(FROZEN_MS);
  b.signal('SIGCONT');
  const resumedAt = performance.now();
  await change();
  const all = (await ends).flat();
  const after = deliveredTo(subjects);
  return NAMES.flatMap((kind) => {
    const times = all.filter(([name]) => name === kind).map(([, { at }]) => at - resumedAt);
    const max = Math.max(...times);
    const count = (after.get(kind) ?? 0) - (before.get(kind) ?? 0);
    return [
      { what: `frozen: ${kind}, delivered`, measured: count, target: '0', met: count === 0 },
      {
        what: `frozen: ${kind}, last ended after ms`,
        measured: max,
        target: '<= 3000',
        met: max <= 3000,
      },
    ];
  });
}

function endsOf(holders: ReadonlyMap<Kind, Holder>): Promise<(readonly [Kind, HolderEnd])[]> {
  return Promise.all([...holders].map(async ([name, { ended }]) => [name, await ended] as const));
}

function deliveredTo(subjects: readonly Subject[]): Map<Kind, number> {
  const sum = (kind: Kind): number =>
    subjects.reduce((total, { holders }) => total + (holders.get(kind)?.delivered() ?? 0), 0);
  return new Map(NAMES.map((kind) => [kind, sum(kind)]));
}
