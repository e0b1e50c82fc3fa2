import { encodeEventStream } from "@sluice/event-stream";
import { expect, test } from "vitest";
import { createFrameCutter } from "./frame-cutter.ts";

const first = encodeEventStream({ event: "messageStart", data: '{"role":"assistant"}' });
const second = encodeEventStream({ event: "messageStop", data: '{"stopReason":"end_turn"}' });

test("every byte of a frame is passed on, wherever the stream is cut", () => {
  const bytes = Buffer.concat([first, second]);
  for (let at = 0; at <= bytes.length; at += 1) {
    const cutter = createFrameCutter(1_000);
    const events = [bytes.subarray(0, at), bytes.subarray(at)].flatMap((piece) => cutter.push(piece));
    expect(Buffer.concat(events.map(({ raw }) => raw)).equals(bytes)).toBe(true);
    expect(events.map(({ block }) => cutter.decode(block))).toMatchObject([
      { event: "messageStart", data: '{"role":"assistant"}' },
      { event: "messageStop" },
    ]);
    expect(cutter.fault).toBeUndefined();
  }
});

test("what is no frame, or too large a one, is a fault, and no more comes", () => {
  const cutter = createFrameCutter(1_000);
  expect(cutter.push(Buffer.concat([first, Buffer.from("data: hello\n\n")]))).toHaveLength(1);
  expect(cutter.fault).toBe("the checksum of a frame's prelude is wrong");
  expect(cutter.push(second)).toEqual([]);
  const small = createFrameCutter(first.length - 1);
  expect(small.push(first)).toEqual([]);
  expect(small.fault).toBe(`frame of ${first.length} bytes, expected at most ${first.length - 1}`);
});

test("a frame whose bytes were changed is told so", () => {
  const cutter = createFrameCutter(1_000);
  const changed = Buffer.from(first);
  changed[changed.length - 6] = 0;
  expect(cutter.push(changed).map(({ block }) => cutter.decode(block))).toEqual(["the checksum of a frame is wrong"]);
});
