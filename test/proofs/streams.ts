import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import WebSocket from 'ws';
import { NodeProcess } from '../support/node-process.js';
import { printTable, program } from '../support/program.js';
import { startRedisServer } from '../support/redis-under-test.js';
import { Visitor } from '../support/visitor.js';

const COUNT = Number(process.env['STREAMS'] ?? 10_000);
const IDLE_SECONDS = Number(process.env['IDLE_SECONDS'] ?? 60);
/** Warm code and first buffers, which are no connection's. */
const FIRST = 200;
const AT_ONCE = 50;
const TICKS_A_SECOND = 100;
const PAGE_KB = 4;

interface Connection {
  close(): void;
}

type Open = (node: NodeProcess, cookie: string) => Promise<Connection>;

// Idle connections on one node, each of a session of its own: what a stream of server-sent events costs, beside a socket. Needs
// a high `ulimit -n`.
await program(async () => {
  const redis = await startRedisServer();
  const rows = [
    await measure('stream of server-sent events', openStream, redis.url),
    await measure('Socket.IO socket', openSocket, redis.url),
  ];
  console.log(`\n${String(COUNT)} idle connections, ${String(IDLE_SECONDS)} s\n`);
  printTable(['connection', 'heap KB each', 'RSS KB each', 'CPU ms a minute, all'], rows);
  return true;
});

async function measure(name: string, open: Open, redisUrl: string): Promise<string[]> {
  console.error(`${name} …`);
  const node = await NodeProcess.start(
    'idle',
    { REDIS_URL: redisUrl },
    { program: 'build/test/proofs/holders/server.js' },
  );
  const observer = await new Visitor(node).arrive();
  const first = await openMany(node, open, FIRST);
  const before = await memoryOf(node, observer);
  const rest = await openMany(node, open, COUNT);
  const after = await memoryOf(node, observer);
  const cpuBefore = cpuMs(node);
  await pause(IDLE_SECONDS * 1000);
  const cpu = ((cpuMs(node) - cpuBefore) * 60) / IDLE_SECONDS;
  for (const each of [...first, ...rest]) each.close();
  await node.stop('SIGKILL');
  const of = (kb: number): string => (kb / COUNT).toFixed(1);
  return [name, of(after.heapKb - before.heapKb), of(after.rssKb - before.rssKb), cpu.toFixed(0)];
}

async function openMany(node: NodeProcess, open: Open, count: number): Promise<Connection[]> {
  const opened: Connection[] = [];
  while (opened.length < count) {
    const some = Array.from({ length: Math.min(AT_ONCE, count - opened.length) }, async () =>
      open(node, (await new Visitor(node).arrive()).cookie),
    );
    opened.push(...(await Promise.all(some)));
  }
  return opened;
}

/** By hand: a client of any library would take more of the machine than the node does. */
function openStream({ port }: NodeProcess, cookie: string): Promise<Connection> {
  const socket: Socket = connect(port, '127.0.0.1');
  socket.write(`GET /holders/stream HTTP/1.1\r\nhost: 127.0.0.1:${String(port)}\r\n`);
  socket.write(`cookie: ${cookie}\r\n\r\n`);
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.on('data', (chunk) => {
      if (chunk.includes('data: open')) resolve({ close: () => socket.destroy() });
    });
  });
}

/** Answers pings, and nothing else. */
function openSocket({ url }: NodeProcess, cookie: string): Promise<Connection> {
  const address = `${url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`;
  const socket = new WebSocket(address, { headers: { cookie }, perMessageDeflate: false });
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.on('message', (data: Buffer) => {
      const frame = data.toString();
      if (frame.startsWith('0')) socket.send('40');
      if (frame === '2') socket.send('3');
      if (frame.startsWith('42["session:ready"')) resolve({ close: () => socket.terminate() });
    });
  });
}

async function memoryOf(node: NodeProcess, observer: Visitor) {
  await pause(1000);
  const { body } = await observer.get<{ heapKb: number }>('/holders/heap');
  return { heapKb: body.heapKb, rssKb: Number(read(node, 'statm').split(' ')[1]) * PAGE_KB };
}

/** Processor time so far. */
function cpuMs(node: NodeProcess): number {
  const fields = read(node, 'stat').split(') ')[1]?.split(' ') ?? [];
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS_A_SECOND;
}

function read({ pid }: NodeProcess, file: 'stat' | 'statm'): string {
  return readFileSync(`/proc/${String(pid)}/${file}`, 'utf8');
}
