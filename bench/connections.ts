import { setTimeout as pause } from 'node:timers/promises';
import { percentile } from '../test/support/program.js';
import type { BenchSocket } from './client.js';
import { type Peer, times } from './peer.js';
import { type Figures, type Load, perSecond, settle } from './scenario.js';

const FEW_IDLE = 200;
/** As many as a session has on a node. */
export const ROOM = 50;

export async function connects(peer: Peer, load: Load): Promise<Figures> {
  const cookies = await times(load.connects, () => peer.logIn());
  const [cpu, start] = [peer.cpuMs, performance.now()];
  const sockets = await times(load.connects, (at) => peer.open(peer.b, cookies[at] ?? ''));
  const rate = perSecond(load.connects, start);
  await pause(50);
  const cpuUs = ((peer.cpuMs - cpu) * 1000) / load.connects;
  await settle(sockets);
  return { 'connects per s': rate, 'CPU µs per connect': cpuUs };
}

export async function idle(peer: Peer, load: Load): Promise<Figures> {
  const cookies = await times(load.idle, () => peer.logIn());
  const open = (from: number, to: number) =>
    times(to - from, (at) => peer.open(peer.b, cookies[from + at] ?? ''));
  const memory = async () => {
    await pause(500);
    const { heapKb } = await peer.b.inside();
    return { heapKb, rssKb: peer.b.rssKb };
  };
  const few = await open(0, FEW_IDLE);
  const before = await memory();
  const many = await open(FEW_IDLE, load.idle);
  const after = await memory();
  await settle([...few, ...many]);
  const added = load.idle - FEW_IDLE;
  return {
    'heap KB per idle connection': (after.heapKb - before.heapKb) / added,
    'RSS KB per idle connection': (after.rssKb - before.rssKb) / added,
  };
}

/** One user with many tabs on one node, and an update on the other. */
export async function room(peer: Peer): Promise<Figures> {
  const cookie = await peer.logIn();
  const here = await peer.open(peer.a, cookie);
  const there = await times(ROOM, () => peer.open(peer.b, cookie));
  const cpu = peer.cpuMs;
  const latencies: number[] = [];
  const UPDATES = 200;
  for (let update = 0; update < UPDATES; update += 1) {
    let missing = ROOM;
    const all = new Promise<void>((resolve) => {
      for (const socket of there) {
        socket.onChange = () => {
          missing -= 1;
          if (missing === 0) resolve();
        };
      }
    });
    const start = performance.now();
    await Promise.all([here.update(), all]);
    latencies.push(performance.now() - start);
  }
  const cpuUs = ((peer.cpuMs - cpu) * 1000) / (UPDATES * ROOM);
  await settle([here, ...there]);
  return {
    [`ms until a room of ${String(ROOM)} has it, median`]: percentile(latencies, 0.5),
    [`CPU µs per socket of a room of ${String(ROOM)}`]: cpuUs,
  };
}

export async function commands(peer: Peer): Promise<Figures> {
  const COUNT = 50;
  const cookies = await times(COUNT, () => peer.logIn());
  const sockets: BenchSocket[] = [];
  const connecting = await peer.commandsDuring(async () => {
    for (const cookie of cookies) sockets.push(await peer.open(peer.b, cookie));
  });
  const updating = await peer.commandsDuring(async () => {
    for (const socket of sockets) await socket.update();
  });
  await settle(sockets);
  return {
    'Redis commands per connect': connecting / COUNT,
    'Redis commands per update': updating / COUNT,
  };
}
