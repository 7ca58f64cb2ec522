/** Values that a label has at most: each is a time series of its own. */
const MOST = 100;
const OTHERS = 'other';

/**
 * Makes a function that gives a label's value as it is while there are at most 100 different ones, and `other` for every further
 * one: whatever is told, a node has so many time series and no more.
 */
export function boundedLabel(): (value: string) => string {
  const known = new Set<string>();
  return (value) => {
    if (known.has(value)) return value;
    if (known.size >= MOST) return OTHERS;
    known.add(value);
    return value;
  };
}
