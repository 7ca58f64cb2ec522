import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { percentile } from '../test/support/program.js';
import type { Pair, Peer } from './peer.js';
import { closeAll, type Figures, type Load } from './scenario.js';

/** Users who update, a tab on each node. */
export const USERS = 50;
export const RATE = 50;
const IN_FLIGHT = 64;
const MOST_P99_MS = 100;

/** From an update on one node until the change is at the tab on the other. */
export async function steady(peer: Peer, load: Load): Promise<Figures> {
  const pairs = await peer.pairs(USERS);
  const lag = monitorEventLoopDelay({ resolution: 1 });
  lag.enable();
  const { latencies } = await offer(pairs, RATE, load.steadySeconds);
  const lagMs = lag.percentile(99) / 1e6;
  closeAll(pairs.flat());
  return {
    'p50 ms at 50/s': percentile(latencies, 0.5),
    'p95 ms at 50/s': percentile(latencies, 0.95),
    'p99 ms at 50/s': percentile(latencies, 0.99),
    'p99 ms of the client’s own lag': lagMs,
  };
}

/**
 * The highest rate of updates at which 99 % are at the other tab within 100 ms and none is lost:
 * what a closed loop reaches, and downwards from there. And the cost of an update at that rate.
 */
export async function saturation(peer: Peer, load: Load): Promise<Figures> {
  const pairs = await peer.pairs(USERS);
  const closedLoop = await burst(pairs, load.burstSeconds / 2);
  for (let rate = 1.1 * closedLoop; rate > closedLoop / 8; rate *= 0.9) {
    await pause(300);
    const [cpu, redisCpu] = [peer.cpuMs, await peer.redisCpuMs()];
    const { latencies, sent, seconds } = await offer(pairs, rate, load.burstSeconds);
    const kept = latencies.length === sent && seconds < 1.05 * load.burstSeconds;
    if (!kept || percentile(latencies, 0.99) >= MOST_P99_MS) continue;
    const cpuUs = ((peer.cpuMs - cpu) * 1000) / sent;
    const redisCpuUs = (((await peer.redisCpuMs()) - redisCpu) * 1000) / sent;
    closeAll(pairs.flat());
    return {
      'highest updates per s': rate,
      'CPU µs per update there': cpuUs,
      'Redis CPU µs per update there': redisCpuUs,
    };
  }
  throw new Error('No rate was low enough.');
}

/** How many updates are done in a second with many under way. */
export async function burst(pairs: readonly Pair[], seconds: number): Promise<number> {
  const end = performance.now() + seconds * 1000;
  let done = 0;
  await Promise.all(
    Array.from({ length: IN_FLIGHT }, async (_, index) => {
      const [here] = pairs[index % pairs.length] ?? [];
      while (here && performance.now() < end) {
        await here.update();
        done += 1;
      }
    }),
  );
  return done / seconds;
}

/**
 * Sends updates at a rate, whether or not they are answered, and notes when each is at the other
 * tab. Changes that are not there a second after the last update count as lost.
 */
export async function offer(
  pairs: readonly Pair[],
  rate: number,
  seconds: number,
): Promise<{ latencies: number[]; sent: number; seconds: number }> {
  const latencies: number[] = [];
  const sentAt = pairs.map(() => [] as number[]);
  pairs.forEach(([, there], user) => {
    there.onChange = () => {
      const at = sentAt[user]?.shift();
      if (at !== undefined) latencies.push(performance.now() - at);
    };
  });
  const total = Math.round(rate * seconds);
  const start = performance.now();
  for (let sent = 0; sent < total;) {
    const due = Math.min(total, Math.floor(((performance.now() - start) / 1000) * rate) + 1);
    for (; sent < due; sent += 1) {
      const user = sent % pairs.length;
      sentAt[user]?.push(performance.now());
      void pairs[user]?.[0].update();
    }
    await pause(1);
  }
  const took = (performance.now() - start) / 1000;
  for (let wait = 0; wait < 20 && latencies.length < total; wait += 1) await pause(50);
  for (const [, there] of pairs) there.onChange = () => undefined;
  return { latencies, sent: total, seconds: took };
}
