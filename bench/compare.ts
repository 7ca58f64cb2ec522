import { Peer, type PeerKind } from './peer.js';
import type { Results } from './results.js';
import type { Figures, Load, Scenario } from './scenario.js';
import { warmUp } from './scenarios.js';

interface Comparison {
  readonly kinds: readonly PeerKind[];
  readonly scenarios: readonly Scenario[];
  readonly load: Load;
  readonly rounds: number;
}

/** One scenario after the other, and in each the peers in turn: what a slow minute costs, it costs all. */
export async function compare({ kinds, scenarios, load, rounds }: Comparison): Promise<Results> {
  const peers: Peer[] = [];
  for (const kind of kinds) peers.push(await Peer.start(kind));
  for (const peer of peers) await warmUp(peer);
  const results = new Map<string, Figures[]>(peers.map(({ kind }) => [kind.name, []]));
  for (const scenario of scenarios) {
    for (let round = 0; round < (scenario.isOnce ? 1 : rounds); round += 1) {
      for (const peer of peers) {
        console.error(`${scenario.name}, round ${String(round + 1)}: ${peer.kind.name}`);
        const figures = await scenario.run(peer, load);
        const runs = results.get(peer.kind.name) ?? [];
        runs[round] = { ...runs[round], ...figures };
      }
    }
  }
  for (const peer of peers) await Promise.all([peer.a.stop(), peer.b.stop()]);
  return results;
}
