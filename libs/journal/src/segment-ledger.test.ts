import { expect, test } from "vitest";
import { SegmentLedger } from "./segment-ledger.ts";

function begin(ledger: SegmentLedger, number: number, firstSequence: number) {
  const segment = ledger.begin(number, `${number}.journal`, firstSequence, 20);
  ledger.grow(segment, 100);
  return segment;
}

test("a segment goes when its ends are acknowledged and its intents have kept ends, from the front only", () => {
  const ledger = new SegmentLedger();
  const first = begin(ledger, 1, 1);
  ledger.intentAppended("a");
  ledger.intentKept("a", first, 20, 30);
  const second = begin(ledger, 2, 1);
  ledger.intentAppended("b");
  ledger.intentKept("b", second, 20, 30);
  ledger.endAppended("b");
  ledger.endKept("b", 1, second);
  begin(ledger, 3, 2);
  ledger.acknowledge(1);
  // "a" is open: its segment stays, and the second with it.
  expect(ledger.takeFinished()).toEqual([]);
  const third = begin(ledger, 4, 2);
  ledger.endAppended("a");
  expect(ledger.openIntents).toBe(0);
  expect(ledger.takeFinished()).toEqual([]);
  ledger.endKept("a", 2, third);
  expect(ledger.takeFinished().map((segment) => segment.number)).toEqual([1, 2, 3]);
  expect(ledger.bytes).toBe(120);
  ledger.acknowledge(2);
  expect(third.unacknowledged).toBe(0);
  expect(ledger.takeFinished()).toEqual([]);
});

test("an end acknowledged before it is kept needs nothing more", () => {
  const ledger = new SegmentLedger();
  const first = begin(ledger, 1, 1);
  ledger.acknowledge(1);
  ledger.endKept("a", 1, first);
  expect(first.unacknowledged).toBe(0);
});

test("an intent kept again belongs to the later segment", () => {
  const ledger = new SegmentLedger();
  const first = begin(ledger, 1, 1);
  ledger.intentAppended("a");
  ledger.intentKept("a", first, 20, 30);
  const second = begin(ledger, 2, 1);
  expect(ledger.intentsToCarry(2)).toEqual([]);
  expect(ledger.intentsToCarry(1).map((entry) => entry.attemptId)).toEqual(["a"]);
  ledger.intentKept("a", second, 20, 30);
  expect(ledger.takeFinished()).toEqual([first]);
  expect(second.openIntents).toBe(1);
});

test("a dropped intent may be appended again", () => {
  const ledger = new SegmentLedger();
  ledger.intentAppended("a");
  ledger.intentDropped("a");
  expect(ledger.hasIntent("a")).toBe(false);
  expect(ledger.openIntents).toBe(0);
});
