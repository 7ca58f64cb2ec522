import { redisBytes } from '../../bench/redis-usage.js';
import { startRedisServer } from '../../src/redis-server/redis-server.js';
import { partsOf } from '../../src/testing/node-parts.js';
import { signIn } from '../../src/testing/sign-in.js';
import { stopAfterwards } from '../support/cleanup.js';
import { percentile, printTable, program } from '../support/program.js';
import { openRedis } from '../support/redis-under-test.js';
import { startTestNode, type TestNode, uniquePrefix } from '../support/test-node.js';
import { Visitor } from '../support/visitor.js';
import { checkWritten, userNamed, WrittenSessions } from './written-sessions.js';

const TOTALS = [1000, 1_000_000];
const SESSIONS_OF_USER = 4;
const SOCKETS = 2000;
const AT_ONCE = 50;
const TIMES = 20;
/** Of each user who signs out everywhere: as many as one may have. */
const MOST_SESSIONS = 20;
/** Redis notes what takes longer, in µs. */
const SLOW_US = 200;

/** What was measured, in words, by what it is. */
type Measured = ReadonlyMap<string, string>;

/** Does something over and over, and tells how long it took. */
async function timed(work: (time: number) => Promise<unknown>): Promise<string> {
  const times: number[] = [];
  for (let time = 0; time < TIMES; time += 1) {
    const from = performance.now();
    await work(time);
    times.push(performance.now() - from);
  }
  const [p50, p99] = [0.5, 0.99].map((share) => percentile(times, share).toFixed(1));
  return `${String(p50)} / ${String(p99)}`;
}

/** Guests with a socket each, who stay. */
async function connectAll(node: TestNode): Promise<string[]> {
  const handles: string[] = [];
  while (handles.length < SOCKETS) {
    const some = Array.from({ length: AT_ONCE }, async () => {
      const visitor = await new Visitor(node).arrive();
      await visitor.connect();
      return visitor.handle;
    });
    handles.push(...(await Promise.all(some)));
  }
  return handles;
}

/** One redis-server with so many sessions, and a node with 2,000 sockets on it. */
async function measureWith(total: number): Promise<Measured> {
  const server = await startRedisServer(false);
  stopAfterwards(() => server.destroy());
  const redis = await openRedis(server.url);
  const redisPrefix = uniquePrefix();
  const node = await startTestNode({ redisUrl: server.url, redisPrefix });
  const { stored, sessions } = partsOf(node.app);
  const written = await WrittenSessions.of(node, redis, redisPrefix);

  const users = Array.from({ length: total / SESSIONS_OF_USER }, (_, index) =>
    userNamed(`user-${String(index)}`),
  );
  const before = await redisBytes(redis);
  await written.write(users, SESSIONS_OF_USER);
  const bytes = (await redisBytes(redis)) - before;
  await checkWritten(node, users[0] ?? userNamed(''), SESSIONS_OF_USER);
  const leaving = Array.from({ length: TIMES }, (_, index) =>
    userNamed(`leaving-${String(index)}`),
  );
  await written.write(leaving, MOST_SESSIONS);
  const handles = await connectAll(node);

  await redis.configSet({ 'slowlog-log-slower-than': String(SLOW_US), 'slowlog-max-len': '10000' });
  await redis.sendCommand(['SLOWLOG', 'RESET']);
  const sweep = await timed(() => stored.lifetimes(handles));
  const guest = await new Visitor(node).arrive();
  const handshake = await timed(async () => {
    (await guest.connect()).close();
  });
  const signingIn = await timed((time) =>
    signIn(node.app, '', (session) => {
      Object.assign(session, { user: { id: `new-${String(time)}`, roles: [] } });
    }),
  );
  const everywhere = await timed((time) => sessions.endAll(leaving[time] ?? userNamed('')));
  const slow = await redis.sendCommand<[number, number, number][]>(['SLOWLOG', 'GET', '10000']);
  const longest = Math.max(0, ...slow.map(([, , us]) => us)) / 1000;
  await node.stop();
  await server.destroy();
  return new Map([
    ['Redis, bytes a session', (bytes / total).toFixed(0)],
    ['Redis in all, MB', (bytes / 1e6).toFixed(1)],
    [`a sweep of ${String(SOCKETS)} sockets asks Redis, ms`, sweep],
    ['a handshake, ms', handshake],
    ['a sign-in, without its password hash, ms', signingIn],
    [`the end everywhere of a user with ${String(MOST_SESSIONS)} sessions, ms`, everywhere],
    ['the longest command in Redis, ms', longest > 0 ? longest.toFixed(1) : 'below 0.2'],
  ]);
}

// What a node and Redis have to do is the same with a million sessions in Redis as with a thousand.
await program(async () => {
  const measured: Measured[] = [];
  for (const total of TOTALS) measured.push(await measureWith(total));
  const names = [...(measured[0]?.keys() ?? [])];
  const titles = TOTALS.map((total) => `${total.toLocaleString('en')} sessions`);
  console.log(`\np50 / p99 of ${String(TIMES)}\n`);
  printTable(
    ['what', ...titles],
    names.map((name) => [name, ...measured.map((each) => each.get(name) ?? '')]),
  );
  return true;
});
