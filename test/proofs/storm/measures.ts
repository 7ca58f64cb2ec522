import { eventually } from '../../../src/testing/eventually.js';
import type { Figure } from '../../support/program.js';
import { isReady, type Station } from './fleet.js';
import type { Attempt, History } from './history.js';

const PATIENCE_MS = 60_000;

export interface Span {
  readonly from: number;
  readonly to: number;
}

/** The longest time within a span in which no operation was acknowledged, in ms. */
export function longestGap(
  { attempts }: History,
  { from, to }: Span,
  isMeant: (attempt: Attempt) => boolean = () => true,
): number {
  const times = attempts
    .filter((each) => each.outcome === 'ok' && isMeant(each))
    .map(({ answeredAt = 0 }) => answeredAt)
    .filter((at) => at > from && at < to);
  const sorted = [from, ...times.toSorted((one, other) => one - other), to];
  return Math.max(...sorted.slice(1).map((at, index) => at - (sorted[index] ?? at)));
}

/** How long after the begin of a span a node still acknowledged something, in ms. */
export function lastWrite({ attempts }: History, name: string, { from, to }: Span): number {
  const times = attempts
    .filter(({ node, outcome }) => node === name && outcome === 'ok')
    .map(({ answeredAt = 0 }) => answeredAt)
    .filter((at) => at >= from && at < to);
  return Math.max(0, ...times.map((at) => at - from));
}

/** Attempts within a span that Redis or a node did not do or did not answer, though nobody had ended their session. */
export function failed({ attempts, ends }: History, { from, to }: Span): Attempt[] {
  return attempts.filter(
    ({ outcome, invokedAt, handle }) =>
      (outcome === 'unavailable' || outcome === 'unknown') &&
      invokedAt > from &&
      invokedAt < to &&
      !ends.has(handle),
  );
}

/** Operations that were never acknowledged, though nobody had ended their session, by id. */
export function givenUp({ attempts, ends }: History): Set<string> {
  const ids = new Set<string>();
  for (const { operationId, handle } of attempts) if (!ends.has(handle)) ids.add(operationId);
  for (const { operationId, outcome } of attempts) if (outcome === 'ok') ids.delete(operationId);
  return ids;
}

/** How long it takes until a node is ready, in ms. */
export async function untilReady(station: Station): Promise<number> {
  const from = Date.now();
  await eventually(() => isReady(station), PATIENCE_MS);
  return Date.now() - from;
}

/** A figure in ms that must not be above a bound. */
export function atMost(what: string, measured: number, bound: number, unit = 'ms'): Figure {
  return {
    what,
    measured: Math.round(measured),
    target: `<= ${String(bound)} ${unit}`,
    met: measured <= bound,
  };
}

/** A figure that nothing promises. */
export function plain(what: string, measured: number | string): Figure {
  return { what, measured, target: '-', met: true };
}
