import { expect, test } from "vitest";
import { createSseSplitter } from "./split.ts";

function split(pieces: readonly string[], maxEventBytes = 1_000) {
  const splitter = createSseSplitter({ maxEventBytes });
  const blocks = pieces.flatMap((piece) => splitter.push(Buffer.from(piece)).map(String));
  return { blocks, rest: splitter.end()?.toString(), skipped: splitter.skippedBlocks };
}

test("blocks come without their blank line, the rest at the end", () => {
  expect(split(["event: a\ndata: 1\n\n: c\n\nda", "ta: 2\n", "\ndata: 3"])).toEqual({
    blocks: ["event: a\ndata: 1\n", ": c\n", "data: 2\n"],
    rest: "data: 3",
    skipped: 0,
  });
});

test("a blank line of CRLF cut in two leaves no line feed behind", () => {
  expect(split(["data: 1\r\n\r", "\ndata: 2\r", "\n\r\n"]).blocks).toEqual(["data: 1\r\n", "data: 2\r\n"]);
});

test("a block that lies in one chunk is not copied", () => {
  const chunk = Buffer.from("data: 1\n\n");
  expect(createSseSplitter().push(chunk)[0]?.buffer).toBe(chunk.buffer);
});

test("an oversize block is let go and counted, the next one comes", () => {
  expect(split(["data: 1234567", "89\n", "\ndata: 2\n\n"], 12)).toEqual({
    blocks: ["data: 2\n"],
    rest: undefined,
    skipped: 1,
  });
  expect(split(["data: 123456789\n\ndata: 2\n\n"], 12)).toEqual({ blocks: ["data: 2\n"], rest: undefined, skipped: 1 });
  expect(split(["data: 123456789\r", "\n\r", "\ndata: 2\r\n\r\n"], 12)).toEqual({
    blocks: ["data: 2\r\n"],
    rest: undefined,
    skipped: 1,
  });
});
