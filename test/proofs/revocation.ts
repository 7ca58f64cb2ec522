import { setTimeout as pause } from 'node:timers/promises';
import { NodeProcess } from '../support/node-process.js';
import { percentile, program, report } from '../support/program.js';
import { startRedisServer } from '../support/redis-under-test.js';
import type { TestSocket } from '../support/test-socket.js';
import { Visitor } from '../support/visitor.js';

const SESSIONS = 2000;
const AT_ONCE = 50;

interface Subject {
  readonly visitor: Visitor;
  readonly there: TestSocket;
}

// Ends 2,000 sessions with 4,000 sockets one by one, each on node A, and measures on node B the time
// from the request until the last event or the disconnect.
await program(async () => {
  const redis = await startRedisServer();
  const settings = { REDIS_URL: redis.url };
  const [a, b] = [await NodeProcess.start('a', settings), await NodeProcess.start('b', settings)];

  const subjects: Subject[] = [];
  while (subjects.length < SESSIONS) {
    subjects.push(...(await Promise.all(Array.from({ length: AT_ONCE }, () => arrive(a, b)))));
  }
  // The activity of the handshakes is written first, so that it does not disturb the measurement.
  await pause(2000);

  const times: number[] = [];
  for (const { visitor, there } of subjects) {
    const start = performance.now();
    const gone = there.next('disconnect').then(() => times.push(performance.now() - start));
    await visitor.logout();
    await gone;
  }
  const p99 = percentile(times, 0.99);
  const max = Math.max(...times);
  return report(`Revocation: ${String(SESSIONS)} sessions, ${String(2 * SESSIONS)} sockets`, [
    { what: 'p50 ms', measured: percentile(times, 0.5), target: '-', met: true },
    { what: 'p99 ms', measured: p99, target: '<= 100', met: p99 <= 100 },
    { what: 'max ms', measured: max, target: '<= 1000', met: max <= 1000 },
  ]);
});

async function arrive(a: NodeProcess, b: NodeProcess): Promise<Subject> {
  const visitor = await new Visitor(a).arrive();
  const [, there] = await Promise.all([visitor.connect(a), visitor.connect(b)]);
  return { visitor, there };
}
