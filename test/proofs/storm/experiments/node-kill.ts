import type { Experiment } from '../experiment.js';
import { longestGap, plain } from '../measures.js';
import { startSingle } from '../single-redis.js';

const KILLS = 8;
const EVERY_MS = 4000;

/** Nodes are killed one after another, each replaced by a new one. */
export const nodeKill: Experiment = {
  name: 'node-kill',
  nodes: 3,
  closeWithinMs: 2000,
  takenOut: {
    what: 'operations are known again',
    seenAs: ['twice'],
    edits: [
      {
        file: 'cart/cart.script.js',
        code: 'if known then return recall(known) end',
        instead: 'if false then return recall(known) end',
      },
    ],
  },
  deploy: () => startSingle(),
  async harm({ fleet, crowd, history, random }) {
    const from = Date.now();
    for (let kill = 0; kill < KILLS; kill += 1) {
      const victim = random.pick(fleet.stations);
      await Promise.all([fleet.remove(victim, 'SIGKILL'), crowd.goOn(EVERY_MS / 2)]);
      await Promise.all([fleet.add(), crowd.goOn(EVERY_MS / 2)]);
    }
    return [
      plain('nodes killed', KILLS),
      plain('longest time without a write, ms', longestGap(history, { from, to: Date.now() })),
    ];
  },
};
