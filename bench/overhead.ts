import { type Figure, percentile, printTable, program, report } from '../test/support/program.js';
import { PROTOCOLS } from './client.js';
import { compare } from './compare.js';
import { connects } from './connections.js';
import type { PeerKind } from './peer.js';
import { figureNames, short, summary, valuesOf } from './results.js';
import { saturation } from './updates.js';

const ROUNDS = Number(process.env['ROUNDS'] ?? 7);
const LOAD = {
  logins: 0,
  connects: 1000,
  idle: 0,
  steadySeconds: 0,
  burstSeconds: 3,
  ends: 0,
  herd: 0,
};
const MOST = 1.05;
const OFF = 'off';
const PARTS = ['limits', 'metrics', 'tracing'];
const ALL = 'all three';

const kind = (name: string, parts: readonly string[]): PeerKind => ({
  name,
  script: ['build/bench/peers/observed.js', ...parts],
  protocol: PROTOCOLS.ours,
});

// What limits that nobody reaches, metrics and tracing without an SDK cost a node.
await program(async () => {
  const kinds = [kind(OFF, []), ...PARTS.map((part) => kind(part, [part])), kind(ALL, PARTS)];
  const scenarios = [
    { name: 'connecting', run: connects },
    { name: 'updates, as many as go', run: saturation },
  ];
  const results = await compare({ kinds, scenarios, load: LOAD, rounds: ROUNDS });
  const rows = figureNames(results).map((name) => [
    name,
    ...kinds.map((each) => summary(valuesOf(results, each.name, name))),
  ]);
  printTable(['figure (median; min to max)', ...kinds.map(({ name }) => name)], rows);

  /** Median over the rounds of one with it by one without it. */
  const ratio = (figure: string, name: string): number => {
    const without = valuesOf(results, OFF, figure);
    const ratios = valuesOf(results, name, figure).map((value, at) => value / (without[at] ?? NaN));
    return percentile(ratios, 0.5);
  };
  const figures = ['CPU µs per connect', 'CPU µs per update there'].flatMap((figure) =>
    [...PARTS, ALL].map((name): Figure => {
      const measured = ratio(figure, name);
      const target = `<= ${String(MOST)} x ${OFF}`;
      return {
        what: `${figure}, ${name}`,
        measured: `${short(measured)} x`,
        target,
        met: measured <= MOST,
      };
    }),
  );
  return report('What is counted and seen, against the same server without it', figures);
});
