import { openRedis, startRedisServer } from '../test/support/redis-under-test.js';
import { TcpProxy } from '../test/support/tcp-proxy.js';
import { BenchSocket, logIn } from './client.js';
import { type Pair, Peer, PEERS, type PeerKind, times } from './peer.js';
import { redisCosts } from './redis-costs.js';
import { redisBytes, redisCpuMs } from './redis-usage.js';
import { short } from './results.js';
import { burst, offer } from './updates.js';
import { BenchServer } from './server.js';

/** A table of how something grows. */
export interface Growth {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

const RATE = 200;
const USERS = 64;

/** What grows with nodes, tabs, lines and sessions; ours beside Socket.IO's how-to. */
export async function measureGrowth(isQuick: boolean): Promise<Growth[]> {
  const kinds = PEERS.filter(({ name }) => name === 'ours' || name === 'socketio-recipe');
  const seconds = isQuick ? 1 : 4;
  const nodes: string[][] = [];
  for (const count of isQuick ? [2] : [1, 2, 4, 8]) {
    for (const kind of kinds) nodes.push(await withNodes(kind, count, seconds));
  }
  const tabs: string[][] = [];
  const sessions: string[][] = [];
  const costs: string[][] = [];
  for (const kind of kinds) {
    const peer = await Peer.start(kind);
    sessions.push([kind.name, short(await bytesPerSession(peer, isQuick ? 500 : 5000))]);
    for (const count of isQuick ? [1, 10] : [1, 10, 50]) {
      tabs.push([kind.name, String(count), ...(await withTabs(peer, count, seconds))]);
    }
    if (kind.name === 'ours') costs.push(...(await redisCosts(peer)));
    await Promise.all([peer.a.stop(), peer.b.stop()]);
  }
  const lines = await withLines(isQuick ? [1, 100] : [1, 10, 100], seconds);
  return tablesOf({ nodes, tabs, lines, sessions, costs });
}

/** Puts titles to the rows of each measurement. */
function tablesOf(
  rows: Record<'nodes' | 'tabs' | 'lines' | 'sessions' | 'costs', string[][]>,
): Growth[] {
  const perUpdate = ['CPU µs of both nodes per update', 'Redis CPU µs per update'];
  return [
    {
      title: `Nodes, at ${String(RATE)} updates/s in all; each user has a tab on each of two nodes`,
      head: [
        'peer',
        'nodes',
        'messages a node and update',
        'bytes a node and update',
        'bytes to a node without the user',
        'Redis CPU µs per update',
      ],
      rows: rows.nodes,
    },
    { title: 'A user’s tabs on one node', head: ['peer', 'tabs', ...perUpdate], rows: rows.tabs },
    {
      title: 'Lines in a cart, ours',
      head: ['lines', ...perUpdate],
      rows: rows.lines,
    },
    { title: 'Sessions in Redis', head: ['peer', 'bytes per session'], rows: rows.sessions },
    { title: 'More in Redis, ours', head: ['figure', 'value'], rows: rows.costs },
  ];
}

/** The same load on more and more nodes, each behind a proxy that counts what Redis sends to it. */
async function withNodes(kind: PeerKind, count: number, seconds: number): Promise<string[]> {
  const { url } = await startRedisServer({ isDurable: false });
  const redis = await openRedis(url);
  // The last node has nobody's tabs.
  const proxies = await times(count + 1, () => TcpProxy.to(url));
  const nodes = await times(count + 1, (at) =>
    BenchServer.start(kind.script, proxies[at]?.url ?? ''),
  );
  const urlOf = (at: number) => nodes[at % count]?.url ?? '';
  const pairs: Pair[] = await times(USERS, async (user) => {
    const cookie = await logIn(urlOf(user), kind.protocol);
    const open = (at: number) => BenchSocket.open(urlOf(at), cookie, kind.protocol);
    return Promise.all([open(user), open(user + 1)]);
  });
  await offer(pairs, RATE, 1);
  const idle = await received(proxies, seconds, () => offer(pairs, 1, seconds));
  const cpu = await redisCpuMs(redis);
  const busy = await received(proxies, seconds, () => offer(pairs, RATE, seconds));
  const updates = RATE * seconds - seconds;
  const redisCpuUs = (((await redisCpuMs(redis)) - cpu) * 1000) / updates;
  const more = busy.map((each, at) => ({
    bytes: (each.bytes - (idle[at]?.bytes ?? 0)) / updates,
    messages: (each.messages - (idle[at]?.messages ?? 0)) / updates,
  }));
  const [alone] = more.slice(-1);
  const used = more.slice(0, -1);
  const mean = (of: 'bytes' | 'messages') => used.reduce((sum, each) => sum + each[of], 0) / count;
  for (const node of nodes) await node.stop();
  // Below a byte an update it is the probes, which go by time.
  const bytes = [mean('bytes'), alone?.bytes ?? NaN].map((each) => Math.max(0, Math.round(each)));
  const figures = [mean('messages'), ...bytes, redisCpuUs];
  return [kind.name, String(count), ...figures.map(short)];
}

async function received(
  proxies: readonly TcpProxy[],
  seconds: number,
  work: () => Promise<unknown>,
): Promise<{ bytes: number; messages: number }[]> {
  const read = () =>
    proxies.map(({ subscriberBytes: bytes, subscriberMessages: messages }) => ({
      bytes,
      messages,
    }));
  const [before, start] = [read(), performance.now()];
  await work();
  // Pings and probes go by time: the same share of it for each.
  const share = (seconds * 1000) / (performance.now() - start);
  return read().map(({ bytes, messages }, at) => ({
    bytes: (bytes - (before[at]?.bytes ?? 0)) * share,
    messages: (messages - (before[at]?.messages ?? 0)) * share,
  }));
}

async function withTabs(peer: Peer, count: number, seconds: number): Promise<string[]> {
  const USERS_HERE = 8;
  const users = await times(USERS_HERE, async () => {
    const cookie = await peer.logIn();
    const [here, there] = await Promise.all([
      peer.open(peer.a, cookie),
      times(count, () => peer.open(peer.b, cookie)),
    ]);
    return { here, there };
  });
  const pairs = users.flatMap(({ here, there }) => (there[0] ? [[here, there[0]] as const] : []));
  const cost = await costPerUpdate(peer, pairs, seconds);
  for (const { here, there } of users) for (const socket of [here, ...there]) socket.close();
  return cost;
}

/** Carts of more and more lines, put into Redis as the cart script would have left them. */
async function withLines(counts: readonly number[], seconds: number): Promise<string[][]> {
  const kind = PEERS.find(({ name }) => name === 'ours');
  if (!kind) return [];
  const peer = await Peer.start(kind);
  const rows: string[][] = [];
  for (const count of counts) {
    const pairs = await peer.pairs(16);
    await Promise.all(pairs.map(([here]) => here.update()));
    for (const key of await peer.redis.keys('cart:{guest:*')) {
      const line = (at: number) => [`line:product-${String(at)}`, '1:100'] as const;
      const lines = Object.fromEntries(Array.from({ length: count - 1 }, (_, at) => line(at)));
      await peer.redis.hSet(key, { ...lines, count });
    }
    rows.push([String(count), ...(await costPerUpdate(peer, pairs, seconds))]);
    for (const socket of pairs.flat()) socket.close();
  }
  await Promise.all([peer.a.stop(), peer.b.stop()]);
  return rows;
}

async function costPerUpdate(
  peer: Peer,
  pairs: readonly Pair[],
  seconds: number,
): Promise<string[]> {
  await burst(pairs, 1);
  const [cpu, redisCpu] = [peer.cpuMs, await peer.redisCpuMs()];
  const updates = (await burst(pairs, seconds)) * seconds;
  const figures = [peer.cpuMs - cpu, (await peer.redisCpuMs()) - redisCpu];
  return figures.map((ms) => short((ms * 1000) / updates));
}

async function bytesPerSession(peer: Peer, count: number): Promise<number> {
  await peer.logIn();
  const before = await redisBytes(peer.redis);
  await times(count, () => peer.logIn());
  return ((await redisBytes(peer.redis)) - before) / count;
}
