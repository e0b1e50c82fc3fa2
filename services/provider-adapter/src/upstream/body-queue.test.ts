import { expect, test } from "vitest";
import { createBodyQueue } from "./body-queue.ts";

function createWatched(highWaterBytes = 10) {
  const calls: string[] = [];
  const queue = createBodyQueue({
    highWaterBytes,
    pause: () => calls.push("pause"),
    resume: () => calls.push("resume"),
    leave: () => calls.push("leave"),
  });
  return { queue, calls, reader: queue[Symbol.asyncIterator]() };
}

const read = async (reader: AsyncIterator<Buffer>) => String((await reader.next()).value);

test("gives the chunks in order, those that came before and those that are waited for, then the end", async () => {
  const { queue, calls, reader } = createWatched();
  queue.push(Buffer.from("a"));
  queue.push(Buffer.from("b"));
  expect(await read(reader)).toBe("a");
  expect(await read(reader)).toBe("b");
  const waited = read(reader);
  queue.push(Buffer.from("c"));
  expect(await waited).toBe("c");
  const end = reader.next();
  queue.end();
  queue.fail(new Error("too late"));
  expect((await end).done).toBe(true);
  expect((await reader.next()).done).toBe(true);
  await reader.return?.();
  expect(calls).toEqual([]);
});

test("tells the error after what came before it", async () => {
  const { queue, calls, reader } = createWatched();
  queue.push(Buffer.from("a"));
  queue.fail(new Error("broken"));
  expect(await read(reader)).toBe("a");
  await expect(reader.next()).rejects.toThrow("broken");
  await reader.return?.();
  expect(calls).toEqual([]);

  const other = createWatched();
  const waited = other.reader.next();
  other.queue.fail(new Error("broken"));
  await expect(waited).rejects.toThrow("broken");
});

test("pauses the provider while too much waits", async () => {
  const { queue, calls, reader } = createWatched(10);
  for (const text of ["123456", "123456", "1234"]) queue.push(Buffer.from(text));
  expect(calls).toEqual(["pause"]);
  await reader.next();
  expect(calls).toEqual(["pause"]);
  await reader.next();
  expect(calls).toEqual(["pause", "resume"]);
});

test("says once that the reader left early, and gives nothing more", async () => {
  const { queue, calls, reader } = createWatched();
  queue.push(Buffer.from("a"));
  await reader.return?.();
  await reader.return?.();
  queue.push(Buffer.from("b"));
  expect((await reader.next()).done).toBe(true);
  expect(calls).toEqual(["leave"]);
});
