import { type Figure, percentile } from '../test/support/program.js';
import { type Results, short, valuesOf } from './results.js';

const RECIPES = ['socketio-recipe', 'nest-recipe'];

/** The targets of this project, each as a figure of ours alone or in proportion to another peer. */
export function targetsOf(results: Results): Figure[] {
  /** Median over the rounds of ours divided by theirs in the same round. */
  const ratio = (name: string, peer: string): number => {
    const theirs = valuesOf(results, peer, name);
    const ratios = valuesOf(results, 'ours', name).map((value, at) => value / (theirs[at] ?? NaN));
    return percentile(ratios, 0.5);
  };
  const compared = (name: string, sign: '<=' | '>=', peer: string, limit: number): Figure => {
    const measured = ratio(name, peer);
    const met = sign === '<=' ? measured <= limit : measured >= limit;
    const target = `${sign} ${String(limit)} x ${peer}`;
    return { what: name, measured: `${short(measured)} x`, target, met };
  };
  const alone = (name: string, limit: number): Figure => {
    const measured = percentile(valuesOf(results, 'ours', name), 0.5);
    return {
      what: name,
      measured: short(measured),
      target: `<= ${String(limit)}`,
      met: measured <= limit,
    };
  };
  const herd = 's until 5000 clients are back';
  return [
    compared('CPU µs per update there', '<=', 'ws-floor', 1.5),
    ...RECIPES.map((recipe) => compared('CPU µs per update there', '<=', recipe, 1)),
    compared('CPU µs per connect', '<=', 'ws-floor', 2),
    ...RECIPES.map((recipe) => compared('CPU µs per connect', '<=', recipe, 1)),
    compared('highest updates per s', '>=', 'ws-floor', 0.7),
    ...RECIPES.map((recipe) => compared('highest updates per s', '>=', recipe, 1)),
    compared('p99 ms at 50/s', '<=', 'ws-floor', 1.3),
    alone('heap KB per idle connection', 11),
    ...RECIPES.map((recipe) => compared('RSS KB per idle connection', '<=', recipe, 1)),
    alone('p99 ms from a sign-out to the other node’s socket', 100),
    // A quick run has a smaller herd, and nothing to compare.
    ...(valuesOf(results, 'ours', herd).length > 0 ? [alone(herd, 8)] : []),
  ];
}
