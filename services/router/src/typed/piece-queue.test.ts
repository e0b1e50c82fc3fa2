import { expect, test } from "vitest";
import { createPieceQueue } from "./piece-queue.ts";

async function collect<T>(queue: AsyncIterable<T>): Promise<T[]> {
  const taken: T[] = [];
  for await (const piece of queue) taken.push(piece);
  return taken;
}

const settled = (promise: Promise<unknown>) =>
  Promise.race([promise.then(() => true), new Promise((resolve) => setImmediate(() => resolve(false)))]);

test("pieces come out in order, then the end", async () => {
  const queue = createPieceQueue<number>();
  const all = collect(queue);
  for (const piece of [1, 2, 3]) await queue.push(piece);
  queue.end();
  expect(await all).toEqual([1, 2, 3]);
});

test("a producer waits until its piece is taken", async () => {
  const queue = createPieceQueue<number>();
  const pushed = queue.push(1);
  expect(await settled(pushed)).toBe(false);
  const iterator = queue[Symbol.asyncIterator]();
  expect(await iterator.next()).toEqual({ done: false, value: 1 });
  expect(await settled(pushed)).toBe(true);
  const second = queue.push(2);
  expect(await settled(second)).toBe(false);
  await iterator.next();
  expect(await settled(second)).toBe(true);
});

test("what was pushed before a failure is given first, and nothing after it", async () => {
  const queue = createPieceQueue<number>();
  void queue.push(1);
  queue.fail(new Error("broken"));
  queue.fail(new Error("again"));
  await queue.push(2);
  const iterator = queue[Symbol.asyncIterator]();
  expect((await iterator.next()).value).toBe(1);
  await expect(iterator.next()).rejects.toThrow("broken");
});

test("an end stands, whatever comes after it", async () => {
  const queue = createPieceQueue<number>();
  queue.end();
  queue.fail(new Error("late"));
  expect(await collect(queue)).toEqual([]);
});

test("a consumer that leaves lets every producer go, then and later", async () => {
  const queue = createPieceQueue<number>();
  void queue.push(1);
  const waiting = queue.push(2);
  for await (const _piece of queue) break;
  expect(await settled(waiting)).toBe(true);
  expect(await settled(queue.push(3))).toBe(true);
});

test("a consumer that waits is woken by a failure", async () => {
  const queue = createPieceQueue<number>();
  const next = queue[Symbol.asyncIterator]().next();
  await Promise.resolve();
  queue.fail(new Error("broken"));
  await expect(next).rejects.toThrow("broken");
});
