import { expect, test } from "vitest";
import { inParallel } from "./in-parallel.ts";

test("results are in the order of the items, whichever ends first, and never more are under way than may be", async () => {
  const waiting: (() => void)[] = [];
  let most = 0;
  const all = inParallel([1, 2, 3, 4, 5], 2, async (item) => {
    await new Promise<void>((resolve) => {
      waiting.push(resolve);
      most = Math.max(most, waiting.length);
    });
    return item * 10;
  });
  for (let ended = 0; ended < 5; ended += 1) {
    waiting.pop()?.();
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(await all).toEqual([10, 20, 30, 40, 50]);
  expect(most).toBe(2);
});

test("nothing to do is done", async () => {
  expect(await inParallel([], 4, async () => 1)).toEqual([]);
});
