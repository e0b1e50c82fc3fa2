import { expect, test } from "vitest";
import { createManualClock } from "./clock.ts";
import { createIdSource, createManualIds } from "./id.ts";
import { randomHex, randomInteger } from "./random.ts";

const version7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

test("ids are version 7 UUIDs of the clock's millisecond", () => {
  const ids = createIdSource(createManualClock(0x0192_3456_789a));
  expect(ids.uuid()).toMatch(version7);
  expect(ids.uuid().slice(0, 13)).toBe("01923456-789a");
  expect(ids.requestId()).toMatch(/^req_[0-9a-f]{12}7[0-9a-f]{3}[89ab][0-9a-f]{15}$/);
});

test("they rise strictly: within a millisecond, past its counter, and when the clock goes back", () => {
  const clock = createManualClock(1_000_000);
  const ids = createIdSource(clock);
  let last = "";
  for (let count = 0; count < 10_000; count += 1) {
    if (count === 6_000) clock.setNow(1);
    const id = ids.uuid();
    expect(id > last).toBe(true);
    last = id;
  }
  clock.setNow(2_000_000);
  expect(ids.uuid() > last).toBe(true);
});

test("manual ids are the same in every run", () => {
  const ids = createManualIds();
  expect([ids.uuid(), ids.uuid()]).toEqual([
    "00000000-0000-7000-8000-000000000001",
    "00000000-0000-7000-8000-000000000002",
  ]);
  expect(ids.uuid()).toMatch(version7);
});

test("pooled randomness does not repeat itself", () => {
  const seen = new Set(Array.from({ length: 5_000 }, () => randomHex(16)));
  expect(seen.size).toBe(5_000);
  for (const id of seen) expect(id).toMatch(/^[0-9a-f]{32}$/);
  for (let count = 0; count < 1_000; count += 1) expect(randomInteger(11)).toBeLessThan(2 ** 11);
});
