import { createSseDecoder, decodeSseBlock } from "@sluice/sse";
import { expect, test } from "vitest";
import { type CutEvent, createEventCutter } from "./event-cutter.ts";

const tokens = "\n|\r|\r\n|\n\n|\n\n|\n\n\n|\r\n\r\n|data: a\n|data: b|data: c|event: e|: c|é".split("|");

/** Numbers from 0 to `below`, the same for the same seed. */
function createDice(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * below);
  };
}

test("cuts any stream into its events, and keeps every byte of what it cuts", () => {
  for (let seed = 1; seed <= 2_000; seed += 1) {
    const roll = createDice(seed);
    const bytes = Buffer.from(
      `data: first\n\n${Array.from({ length: roll(20) }, () => tokens[roll(tokens.length)]).join("")}`,
    );
    const whole = createEventCutter(1_000);
    let atOnce = whole.push(bytes);
    expect(Buffer.concat([...atOnce.map(({ raw }) => raw), whole.rest])).toEqual(bytes);

    const cutter = createEventCutter(1_000);
    const pieces: CutEvent[] = [];
    for (let start = 0; start < bytes.length; ) {
      const end = start + 1 + roll(30);
      pieces.push(...cutter.push(bytes.subarray(start, end)));
      start = end;
    }
    // A CR at the very end may be half a CRLF, so an event may be waited for.
    const end = Buffer.from("\n\n");
    atOnce = [...atOnce, ...whole.push(end)];
    pieces.push(...cutter.push(end));
    const expected = createSseDecoder().push(Buffer.concat([bytes, end]));
    for (const events of [atOnce, pieces]) {
      const found = events.map(({ block }) => decodeSseBlock(block)).filter((item) => item !== undefined);
      expect(found).toEqual(expected);
    }
  }
});

test("gives the events of one chunk one by one, and the chunk itself where it is one event", () => {
  const cutter = createEventCutter(1_000);
  const one = Buffer.from("event: a\ndata: 1\n\n");
  expect(cutter.push(one)[0]?.raw).toBe(one);
  const raws = cutter.push(Buffer.from("data: 1\n\ndata: 2\n\ndata: 3")).map(({ raw }) => raw.toString());
  expect(raws).toEqual(["data: 1\n\n", "data: 2\n\n"]);
  expect(cutter.rest.toString()).toBe("data: 3");
  expect(cutter.push(Buffer.from("\n\n")).map(({ block }) => block.toString())).toEqual(["data: 3\n"]);
  expect(cutter.rest.length).toBe(0);
});
