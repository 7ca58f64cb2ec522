import { setTimeout as pause } from 'node:timers/promises';
import { percentile } from '../test/support/program.js';
import type { BenchSocket } from './client.js';
import { type Peer, times } from './peer.js';
import { type Figures, type Load, perSecond, settle } from './scenario.js';

export async function logins(peer: Peer, load: Load): Promise<Figures> {
  const start = performance.now();
  await times(load.logins, () => peer.logIn());
  const ours = peer.kind.name === 'ours' ? await passwordLogins(peer) : {};
  return { 'logins per s': perSecond(load.logins, start), ...ours };
}

/** With the password hash, which only this server has. */
async function passwordLogins({ a }: Peer): Promise<Figures> {
  const post = async (path: string, body: object) => {
    const headers = { 'content-type': 'application/json' };
    const init = { method: 'POST', headers, body: JSON.stringify(body) };
    const response = await fetch(a.url + path, init);
    await response.text();
    if (!response.ok) throw new Error(`${path} answered ${String(response.status)}`);
  };
  const email = `${String(performance.now())}@example.com`;
  const account = { email, password: 'correct horse battery' };
  await post('/auth/register', { ...account, name: 'Ada' });
  const start = performance.now();
  await times(24, () => post('/auth/login', account), 8);
  return { 'logins per s, with the password hash': perSecond(24, start) };
}

/** Signing out on one node, until the socket on the other is closed. The recipes leave it open. */
export async function ends(peer: Peer, load: Load): Promise<Figures> {
  if (peer.kind.name !== 'ours') return {};
  const visitors = await times(load.ends, async () => {
    const cookie = await peer.logIn();
    return { cookie, socket: await peer.open(peer.b, cookie) };
  });
  const start = performance.now();
  const latencies = await times(
    visitors.length,
    async (at) => {
      const { cookie = '', socket } = visitors[at] ?? {};
      const endedAt = performance.now();
      await fetch(`${peer.a.url}/auth/logout`, { method: 'POST', headers: { cookie } });
      await socket?.closed;
      return performance.now() - endedAt;
    },
    10,
  );
  return {
    'ends of sessions per s': perSecond(load.ends, start),
    'p99 ms from a sign-out to the other node’s socket': percentile(latencies, 0.99),
  };
}

/** Both nodes are killed and started again, and all clients come back at once. */
export async function herd(peer: Peer, load: Load): Promise<Figures> {
  const cookies = await times(load.herd, () => peer.logIn());
  const nodeOf = (at: number) => (at % 2 === 0 ? peer.a : peer.b);
  const sockets = await times(load.herd, (at) => peer.open(nodeOf(at), cookies[at] ?? ''));
  const gone = Promise.all(sockets.map(({ closed }) => closed));
  [peer.a, peer.b] = await Promise.all([peer.a.restart(), peer.b.restart()]);
  await gone;
  await Promise.all([peer.a.inside(), peer.b.inside()]);
  const start = performance.now();
  const asking = { isOver: false };
  const asked = askUntil(peer, asking);
  const back = await times(load.herd, (at) => openAgain(peer, nodeOf(at), cookies[at] ?? ''), 500);
  const seconds = (performance.now() - start) / 1000;
  asking.isOver = true;
  const [a, b] = await Promise.all([peer.a.inside(), peer.b.inside()]);
  const httpMs = await asked;
  await settle(back);
  return {
    [`s until ${String(load.herd)} clients are back`]: seconds,
    'p99 ms of the event loop’s delay meanwhile': Math.max(a.delayP99Ms, b.delayP99Ms),
    'p99 ms of HTTP meanwhile': percentile(httpMs, 0.99),
  };
}

async function askUntil({ a }: Peer, asking: { isOver: boolean }): Promise<number[]> {
  const latencies: number[] = [];
  while (!asking.isOver) {
    const start = performance.now();
    await (await fetch(`${a.url}/nothing`)).text();
    latencies.push(performance.now() - start);
    await pause(20);
  }
  return latencies;
}

async function openAgain(peer: Peer, node: Peer['a'], cookie: string): Promise<BenchSocket> {
  for (;;) {
    try {
      return await peer.open(node, cookie);
    } catch {
      await pause(50);
    }
  }
}
