import { setTimeout as pause } from 'node:timers/promises';
import type { BenchSocket } from './client.js';
import type { Peer } from './peer.js';

/** What a scenario gave, each figure by its name. */
export type Figures = Readonly<Record<string, number>>;

export interface Load {
  readonly logins: number;
  readonly connects: number;
  readonly idle: number;
  readonly steadySeconds: number;
  readonly burstSeconds: number;
  readonly ends: number;
  readonly herd: number;
}

/** One measurement, done for each peer in turn and several times over. */
export interface Scenario {
  readonly name: string;
  /** Costly and steady ones are done once. */
  readonly isOnce?: true;
  run(peer: Peer, load: Load): Promise<Figures>;
}

export function perSecond(count: number, start: number): number {
  return count / ((performance.now() - start) / 1000);
}

export function closeAll(sockets: readonly BenchSocket[]): void {
  for (const socket of sockets) socket.close();
}

/** Closes, and waits until the servers have noticed. */
export async function settle(sockets: readonly BenchSocket[]): Promise<void> {
  closeAll(sockets);
  await pause(300 + sockets.length / 2);
}
