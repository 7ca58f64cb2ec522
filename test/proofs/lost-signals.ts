import { setTimeout as pause } from 'node:timers/promises';
import { eventually } from '../../src/testing/eventually.js';
import { NodeProcess } from '../support/node-process.js';
import { type Figure, program, report } from '../support/program.js';
import { openRedis, startRedisServer } from '../support/redis-under-test.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import type { TestSocket } from '../support/test-socket.js';
import { operation, Visitor } from '../support/visitor.js';

const SESSIONS = 200;

interface Subject {
  readonly visitor: Visitor;
  readonly socket: TestSocket;
  /** When its session was over for sure, on performance.now()'s clock. */
  endedAt: number;
  /** Operations that were acknowledged after that. */
  committed: number;
}

// Ends 200 sessions while the other node hears nothing, and looks for what its sockets still can do.
await program(async () => {
  const redis = await startRedisServer();
  const toB = await TcpProxy.to(redis.url);
  const a = await NodeProcess.start('a', { REDIS_URL: redis.url });
  const b = await NodeProcess.start('b', { REDIS_URL: toB.url });
  const operator = await openRedis(redis.url);

  const killed = await whileCut(a, b, {
    title: 'subscriber connections killed',
    cut: async () => {
      await operator.sendCommand(['CLIENT', 'KILL', 'TYPE', 'PUBSUB']);
    },
    heal: () => undefined,
    downMs: 0,
  });
  const halfOpen = await whileCut(a, b, {
    title: 'half-open for 5 s',
    cut: () => {
      toB.deafen();
    },
    heal: () => {
      toB.heal();
    },
    downMs: 5000,
  });
  const lasting = await whileCut(a, b, {
    title: 'half-open for 32 s',
    cut: () => {
      toB.deafen();
    },
    heal: () => {
      toB.heal();
    },
    downMs: 32_000,
  });
  return report('Lost signals: 200 sessions end on node A', [...killed, ...halfOpen, ...lasting]);
});

async function whileCut(
  a: NodeProcess,
  b: NodeProcess,
  { title, cut, heal, downMs }: Cut,
): Promise<Figure[]> {
  await eventually(async () => (await new Visitor(b).get('/health/ready')).status === 200);
  const subjects = await Promise.all(Array.from({ length: SESSIONS }, () => arrive(a, b)));
  const busy = setInterval(() => subjects.forEach(command), 500);
  console.error(`${title} …`);
  await cut();
  const cutAt = performance.now();
  await Promise.all(
    subjects.map(async (subject) => {
      await subject.visitor.logout();
      subject.endedAt = performance.now();
    }),
  );
  await pause(downMs);
  const leftBeforeHeal = left(subjects);
  const cutMs = performance.now() - cutAt;
  heal();
  const healedAt = performance.now();
  while (left(subjects) > 0 && performance.now() - healedAt < 10_000) await pause(10);
  const goneMs = performance.now() - healedAt;
  clearInterval(busy);
  const committed = subjects.reduce((sum, subject) => sum + subject.committed, 0);
  const lasted = cutMs > 30_000;
  return [
    {
      what: `${title}: all gone, ms after heal`,
      measured: goneMs,
      target: '<= 3000',
      met: goneMs <= 3000,
    },
    {
      what: `${title}: left before heal, ${(cutMs / 1000).toFixed(0)} s after the cut`,
      measured: leftBeforeHeal,
      target: lasted ? '0' : '-',
      met: !lasted || leftBeforeHeal === 0,
    },
    {
      what: `${title}: commands committed`,
      measured: committed,
      target: '0',
      met: committed === 0,
    },
  ];
}

interface Cut {
  readonly title: string;
  readonly cut: () => Promise<void> | void;
  readonly heal: () => void;
  readonly downMs: number;
}

async function arrive(a: NodeProcess, b: NodeProcess): Promise<Subject> {
  const visitor = await new Visitor(a).arrive();
  return { visitor, socket: await visitor.connect(b), endedAt: Infinity, committed: 0 };
}

/** Sends an operation, and counts it if it was sent after the end and is acknowledged as done. */
function command(subject: Subject): void {
  const { client } = subject.socket;
  if (!client.connected) return;
  const isLate = performance.now() > subject.endedAt;
  client.emit('cart:apply', operation('add', 'scale', 1), (answer: { ok: boolean }) => {
    if (isLate && answer.ok) subject.committed += 1;
  });
}

function left(subjects: readonly Subject[]): number {
  return subjects.filter(({ socket }) => socket.client.connected).length;
}
