/** A session's fields by name, as its JSON holds them. */
export type SessionFields = Readonly<Record<string, unknown>>;

/** The field that holds the library's own, which different writers change at the same time. */
const OWN = 'sharedSession';

/**
 * Three-way merge of one session by top-level key: a key that `mine` changed since `base` is mine
 * (a removed key stays removed), every other key is as `theirs` has it. If both changed the same
 * key, mine wins, as it is the later write; of the library's own fields, each for itself. Pure: the inputs stay as they are.
 *
 * @param base what both sides started from
 * @param mine what this writer wants to save
 * @param theirs what another writer saved meanwhile
 */
export function mergeSession(
  base: SessionFields,
  mine: SessionFields,
  theirs: SessionFields,
): SessionFields {
  const merged = mergeFields(base, mine, theirs);
  const [baseOwn, myOwn, theirOwn] = [base[OWN], mine[OWN], theirs[OWN]];
  if (!isObject(baseOwn) || !isObject(myOwn) || !isObject(theirOwn)) return merged;
  return { ...merged, [OWN]: mergeFields(baseOwn, myOwn, theirOwn) };
}

function mergeFields(
  base: SessionFields,
  mine: SessionFields,
  theirs: SessionFields,
): SessionFields {
  const merged = new Map(Object.entries(theirs));
  for (const key of new Set([...Object.keys(base), ...Object.keys(mine)])) {
    if (isSameField(base, mine, key)) continue;
    if (Object.hasOwn(mine, key)) merged.set(key, mine[key]);
    else merged.delete(key);
  }
  return Object.fromEntries(merged);
}

function isObject(value: unknown): value is SessionFields {
  return typeof value === 'object' && value !== null;
}

function isSameField(one: SessionFields, other: SessionFields, key: string): boolean {
  if (Object.hasOwn(one, key) !== Object.hasOwn(other, key)) return false;
  return JSON.stringify(one[key]) === JSON.stringify(other[key]);
}
