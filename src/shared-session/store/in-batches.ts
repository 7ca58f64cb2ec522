/** Sessions asked for at a time: enough to fill a round trip, few enough not to hold Redis up. */
const BATCH = 500;

/** Asks for each item; the commands of a batch go to Redis together. Gives what became of each. */
export async function settleInBatches<Item, Result>(
  items: readonly Item[],
  ask: (item: Item) => Promise<Result>,
): Promise<PromiseSettledResult<Result>[]> {
  const results: PromiseSettledResult<Result>[] = [];
  for (let start = 0; start < items.length; start += BATCH) {
    results.push(...(await Promise.allSettled(items.slice(start, start + BATCH).map(ask))));
  }
  return results;
}

/**
 * As {@link settleInBatches}, for what must be had of all. What fails of one item does not keep the others from being
 * done: they may be on another server.
 *
 * @throws what the first failed with, at the end
 */
export async function inBatches<Item, Result>(
  items: readonly Item[],
  ask: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results = await settleInBatches(items, ask);
  return results.map((result) => {
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  });
}
