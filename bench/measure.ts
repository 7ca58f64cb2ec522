import { setTimeout as pause } from 'node:timers/promises';
import { percentile } from '../test/support/program.js';
import { BenchSocket, logIn, type Protocol } from './client.js';
import type { BenchServer } from './server.js';

/** What one run of one peer gave. */
export type Figures = Readonly<
  Record<
    | 'connects per s'
    | 'CPU ms per connect'
    | 'RSS KB per connection'
    | 'p50 ms at 50/s'
    | 'p99 ms at 50/s'
    | 'updates per s'
    | 'CPU ms per update',
    number
  >
>;

export interface Load {
  readonly connections: number;
  readonly steadySeconds: number;
  readonly burstSeconds: number;
}

const AT_ONCE = 50;
const USERS = 50;
const RATE = 50;
const IN_FLIGHT = 64;

/** Puts the same load on a peer's two nodes. */
export async function measure(
  [a, b]: readonly [BenchServer, BenchServer],
  protocol: Protocol,
  load: Load,
): Promise<Figures> {
  const cpu = () => a.cpuMs + b.cpuMs;
  // Warm code, first connections to Redis, scripts that Redis does not know yet.
  const warm = await pairs(10, [a, b], protocol);
  for (let round = 0; round < 300; round += 1) await warm[round % 10]?.[0].update();
  for (const pair of warm) for (const socket of pair) socket.close();

  const cookies = await times(load.connections, () => logIn(a.url, protocol));
  const [cpuBefore, rssBefore, start] = [cpu(), b.rssKb, performance.now()];
  const idle = await times(load.connections, (index) =>
    BenchSocket.open(b.url, cookies[index] ?? '', protocol),
  );
  const connectMs = performance.now() - start;
  const cpuConnect = cpu() - cpuBefore;
  await pause(2000);
  const rss = b.rssKb - rssBefore;
  for (const socket of idle) socket.close();
  await pause(1000);

  const tabs = await pairs(USERS, [a, b], protocol);
  const latencies = await steady(tabs, load.steadySeconds);
  const burstCpu = cpu();
  const updates = await burst(tabs, load.burstSeconds);
  return {
    'connects per s': load.connections / (connectMs / 1000),
    'CPU ms per connect': cpuConnect / load.connections,
    'RSS KB per connection': rss / load.connections,
    'p50 ms at 50/s': percentile(latencies, 0.5),
    'p99 ms at 50/s': percentile(latencies, 0.99),
    'updates per s': updates / load.burstSeconds,
    'CPU ms per update': (cpu() - burstCpu) / updates,
  };
}

type Pair = readonly [here: BenchSocket, there: BenchSocket];

/** Users with one tab on each node. */
function pairs(
  count: number,
  [a, b]: readonly [BenchServer, BenchServer],
  protocol: Protocol,
): Promise<Pair[]> {
  return times(count, async () => {
    const cookie = await logIn(a.url, protocol);
    return Promise.all([
      BenchSocket.open(a.url, cookie, protocol),
      BenchSocket.open(b.url, cookie, protocol),
    ]);
  });
}

/** From an update on one node until the change is at the tab on the other, in ms. */
async function steady(tabs: readonly Pair[], seconds: number): Promise<number[]> {
  const latencies: number[] = [];
  const start = performance.now();
  for (let sent = 0; sent < seconds * RATE; sent += 1) {
    const pair = tabs[sent % tabs.length];
    if (!pair) break;
    const [here, there] = pair;
    const sentAt = performance.now();
    there.onChange = () => latencies.push(performance.now() - sentAt);
    void here.update();
    await pause(Math.max(0, start + ((sent + 1) * 1000) / RATE - performance.now()));
  }
  await pause(200);
  return latencies;
}

/** How many updates are done in a time, with many under way. */
async function burst(tabs: readonly Pair[], seconds: number): Promise<number> {
  for (const [, there] of tabs) there.onChange = () => undefined;
  const end = performance.now() + seconds * 1000;
  let done = 0;
  await Promise.all(
    Array.from({ length: IN_FLIGHT }, async (_, index) => {
      const [here] = tabs[index % tabs.length] ?? [];
      while (here && performance.now() < end) {
        await here.update();
        done += 1;
      }
    }),
  );
  return done;
}

async function times<T>(count: number, make: (index: number) => Promise<T>): Promise<T[]> {
  const made: T[] = [];
  while (made.length < count) {
    const size = Math.min(AT_ONCE, count - made.length);
    const start = made.length;
    made.push(...(await Promise.all(Array.from({ length: size }, (_, at) => make(start + at)))));
  }
  return made;
}
