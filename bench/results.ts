import { percentile } from '../test/support/program.js';
import type { Figures } from './scenario.js';

/** The figures of each peer, one record a round. */
export type Results = ReadonlyMap<string, readonly Figures[]>;

export function figureNames(results: Results): string[] {
  return [...new Set([...results.values()].flat().flatMap((each) => Object.keys(each)))];
}

/** A figure of one peer, a value a round. */
export function valuesOf(results: Results, peer: string, name: string): number[] {
  return (results.get(peer) ?? []).flatMap((figures) => figures[name] ?? []);
}

/** Median, and between which bounds. */
export function summary(values: readonly number[]): string {
  if (values.length === 0) return '–';
  const median = short(percentile(values, 0.5));
  return values.length === 1
    ? median
    : `${median} (${short(Math.min(...values))} to ${short(Math.max(...values))})`;
}

export function short(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3).replace(/\.?0+$/, '');
}
