/** Runs for each item, at most so many at once, and gives the results in the order of the items. One that throws fails all. */
export async function inParallel<Item, Result>(
  items: readonly Item[],
  most: number,
  run: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> {
  const results = new Array<Result>(items.length);
  const rest = items.entries();
  const workers = Array.from({ length: Math.min(most, items.length) }, async () => {
    // An iterator that is shared: each item is taken once.
    for (const [index, item] of rest) results[index] = await run(item);
  });
  await Promise.all(workers);
  return results;
}
