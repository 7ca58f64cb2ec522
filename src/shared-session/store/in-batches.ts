/** Sessions asked for at a time: enough to fill a round trip, few enough not to hold Redis up. */
const BATCH = 500;

/**
 * Asks for each item; the commands of a batch go to Redis together. What fails of one item does not keep the others
 * from being done: they may be on another server.
 *
 * @throws what the first failed with, at the end
 */
export async function inBatches<Item, Result>(
  items: readonly Item[],
  ask: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  let failure: PromiseRejectedResult | undefined;
  for (let start = 0; start < items.length; start += BATCH) {
    const batch = await Promise.allSettled(items.slice(start, start + BATCH).map(ask));
    for (const each of batch) {
      if (each.status === 'fulfilled') results.push(each.value);
      else failure ??= each;
    }
  }
  if (failure) throw failure.reason;
  return results;
}
