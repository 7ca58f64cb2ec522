import type { Kind, Violation } from './checker.js';
import type { Experiment } from './experiment.js';
import type { History } from './history.js';
import { givenUp, longestGap, type Span } from './measures.js';
import type { PlaySettings, Result } from './play.js';

export const TITLES = [
  'storm',
  'users',
  'operations',
  'refused',
  'unavailable',
  'no answer',
  'given up',
  'ends',
  'sockets',
  'gap, ms',
  'lag p99, ms',
  'violations',
  'seed',
];
const MOST_SHOWN = 10;

/** One line of the table. */
export function rowOf(
  experiment: Experiment,
  result: Result,
  { isUnprotected, seed }: Pick<PlaySettings, 'isUnprotected' | 'seed'>,
): string[] {
  const { history, name } = result;
  const tried = (outcome: string) =>
    String(history.attempts.filter((each) => each.outcome === outcome).length);
  const acknowledged = new Set(
    history.attempts
      .filter(({ outcome }) => outcome === 'ok')
      .map(({ operationId }) => operationId),
  );
  return [
    isUnprotected ? `${name} without: ${experiment.takenOut?.what ?? ''}` : name,
    String(result.users),
    String(acknowledged.size),
    tried('refused'),
    tried('unavailable'),
    tried('unknown'),
    String(givenUp(history).size),
    String(history.ends.size),
    String(history.connections.length),
    String(longestGap(history, spanOf(history))),
    String(result.lagMs),
    tally(result.violations, isUnprotected ? [] : experiment.tolerates),
    String(seed),
  ];
}

/** From the first operation to the last. */
function spanOf({ attempts }: History): Span {
  return { from: attempts[0]?.invokedAt ?? 0, to: attempts.at(-1)?.invokedAt ?? 0 };
}

/** Whether nothing was found that must not be; without a protection, whether its lack was seen. */
export function isAsExpected(
  { takenOut, tolerates = [] }: Experiment,
  { violations }: Result,
  isUnprotected: boolean,
): boolean {
  if (isUnprotected) return violations.some(({ kind }) => takenOut?.seenAs.includes(kind));
  return violations.every(({ kind }) => tolerates.includes(kind));
}

/** Prints what was measured, and the first of what is wrong. */
export function printDetails({ name, figures, violations }: Result, without?: string): void {
  console.log(`\n${name}${without === undefined ? '' : `, without: ${without}`}`);
  for (const { what, measured, target, met } of figures) {
    console.log(`  ${what}: ${String(measured)} (${target})${met ? '' : ' NOT MET'}`);
  }
  for (const { kind, detail } of violations.slice(0, MOST_SHOWN)) {
    console.log(`  ${kind}: ${detail}`);
  }
}

function tally(violations: readonly Violation[], tolerated: readonly Kind[] = []): string {
  const counts = new Map<Kind, number>();
  for (const { kind } of violations) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  const words = [...counts].map(
    ([kind, count]) =>
      `${String(count)} ${kind}${tolerated.includes(kind) ? ' (promised by nothing)' : ''}`,
  );
  return words.join(', ') || '0';
}
