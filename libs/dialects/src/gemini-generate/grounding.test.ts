import { create } from "@bufbuild/protobuf";
import { CitationSchema } from "@sluice/api/sluice/chat/v1/content";
import { describe, expect, test } from "vitest";
import { convertRange, decodeGrounding, encodeGrounding } from "./grounding.ts";

const chunk = { web: { uri: "https://example.com", title: "Example" } };

function ground(segment: Record<string, number | string>) {
  return { groundingChunks: [chunk], groundingSupports: [{ segment, groundingChunkIndices: [0] }] };
}

function places(segment: Record<string, number | string>, ...texts: string[]) {
  return decodeGrounding(ground(segment), texts).map((cited) =>
    cited.map(({ startIndex, endIndex }) => [startIndex, endIndex]),
  );
}

describe("bytes as UTF-16 units", () => {
  test.each([
    ["plain", 0, 5, { start: 0, end: 5 }],
    ["ä€👋x", 0, 2, { start: 0, end: 1 }],
    ["ä€👋x", 2, 5, { start: 1, end: 2 }],
    ["ä€👋x", 5, 9, { start: 2, end: 4 }],
    ["ä€👋x", 9, 10, { start: 4, end: 5 }],
    ["ä€👋x", 1, 5, undefined],
    ["ä€👋x", 0, 7, undefined],
    ["ä", 0, 3, undefined],
    ["ab", 2, 1, undefined],
  ])("%s %i..%i", (text, start, end, expected) => {
    expect(convertRange(text, start, end)).toEqual(expected);
  });
});

describe("where a segment stands", () => {
  test("in the part that is named", () => {
    expect(places({ partIndex: 1, startIndex: 0, endIndex: 2, text: "ö" }, "ab", "ö!")).toEqual([[], [[0, 1]]]);
  });

  test("in all of the text, as streams count", () => {
    expect(places({ startIndex: 4, endIndex: 6, text: "cd" }, "aöb", "cd")).toEqual([[], [[0, 2]]]);
  });

  test("nowhere: the source is cited all the same", () => {
    expect(places({ startIndex: 0, endIndex: 2, text: "zz" }, "ab", "cd")).toEqual([[], [[undefined, undefined]]]);
    expect(places({ endIndex: 99 }, "ab")).toEqual([[[undefined, undefined]]]);
  });

  test("an answer without text cites nothing", () => {
    expect(decodeGrounding(ground({ endIndex: 1 }), [])).toEqual([]);
  });

  test("a support of no such chunk is no citation", () => {
    const grounding = { groundingChunks: [chunk], groundingSupports: [{ groundingChunkIndices: [3, -1, "0"] }] };
    expect(decodeGrounding(grounding, ["x"])).toEqual([[]]);
  });
});

test("another dialect's citations are told in bytes, each source once", () => {
  const cite = (startIndex: number, endIndex: number) =>
    create(CitationSchema, { url: "https://a", title: "A", startIndex, endIndex, dialect: "openai.chat" });
  const own = create(CitationSchema, { url: "https://b", dialect: "gemini.generate" });
  const grounding = encodeGrounding([{ partIndex: 2, text: "ä€👋x", citations: [cite(1, 2), own, cite(2, 5)] }]);
  expect(grounding).toEqual({
    groundingChunks: [{ web: { uri: "https://a", title: "A" } }],
    groundingSupports: [
      { segment: { startIndex: 2, endIndex: 5, text: "€", partIndex: 2 }, groundingChunkIndices: [0] },
      { segment: { startIndex: 5, endIndex: 10, text: "👋x", partIndex: 2 }, groundingChunkIndices: [0] },
    ],
  });
  expect(encodeGrounding([{ partIndex: 0, text: "x", citations: [own] }])).toBeUndefined();
});
