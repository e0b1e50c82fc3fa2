import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createSseDecoder, decodeSseBlock } from "./decode.ts";
import { formatSse } from "./encode.ts";
import type { SseEnd, SseItem } from "./sse-event.ts";

interface Outcome {
  readonly items: readonly SseItem[];
  readonly comments: readonly string[];
  readonly end: SseEnd;
}

function decodePieces(pieces: readonly Uint8Array[], maxEventBytes?: number): Outcome {
  const comments: string[] = [];
  const onComment = (text: string) => comments.push(text);
  const decoder = createSseDecoder(maxEventBytes === undefined ? { onComment } : { onComment, maxEventBytes });
  const items = pieces.flatMap((piece) => decoder.push(piece));
  return { items, comments, end: decoder.end() };
}

function decode(text: string | Uint8Array, maxEventBytes?: number): Outcome {
  return decodePieces([typeof text === "string" ? Buffer.from(text) : text], maxEventBytes);
}

const event = (data: string, rest: { event?: string; id?: string; retryMs?: number } = {}) => ({
  kind: "event" as const,
  event: rest.event,
  data,
  id: rest.id,
  retryMs: rest.retryMs,
});

describe("decoding", () => {
  test.each([
    ["one event", "data: a\n\n", [event("a")]],
    [
      "name, id and retry",
      "event: delta\nid: 7\nretry: 100\ndata: a\n\n",
      [event("a", { event: "delta", id: "7", retryMs: 100 })],
    ],
    ["only one space is dropped", "data:  a\n\ndata:b\n\n", [event(" a"), event("b")]],
    ["several data lines", "data: a\ndata:\ndata: b\n\n", [event("a\n\nb")]],
    ["CRLF", "data: a\r\n\r\ndata: b\r\n\r\n", [event("a"), event("b")]],
    ["CR", "data: a\r\rdata: b\r\r", [event("a"), event("b")]],
    [
      "mixed line ends",
      "data: a\r\n\ndata: b\n\r\ndata: c\r\n\rdata: d\n\n",
      ["a", "b", "c", "d"].map((data) => event(data)),
    ],
    ["blank lines between", "\n\n\r\n\rdata: a\n\n\n\n", [event("a")]],
    ["a byte order mark", "\ufeffdata: a\n\n", [event("a")]],
    ["a byte order mark that is not first", "data: a\n\n\ufeffdata: b\n\n", [event("a")]],
    ["a field without a colon", "data\n\n", [event("")]],
    ["an empty event name", "event:\ndata: a\n\n", [event("a")]],
    ["an unknown field", "dat: x\ndatax: y\ndata: a\n\n", [event("a")]],
    ["no data, no event", "event: ping\n\ndata: a\n\n", [event("a")]],
    ["an id with NUL", "id: a\0b\ndata: a\n\n", [event("a")]],
    ["a retry that is no number", "retry: 1s\ndata: a\n\n", [event("a")]],
    ["characters of four bytes", "data: 🦊é\n\n", [event("🦊é")]],
    ["a colon in the data", 'data: {"a":1}\n\n', [event('{"a":1}')]],
    ["nothing", "", []],
  ])("%s", (_name, text, items) => {
    const outcome = decode(text);
    expect(outcome.items).toEqual(items);
    expect(outcome.end).toEqual({ kind: "complete" });
  });

  test("comments are reported and make no events", () => {
    const outcome = decode(": OPENROUTER PROCESSING\n\n:\n: two\ndata: a\n\n: last\n");
    expect(outcome.items).toEqual([event("a")]);
    expect(outcome.comments).toEqual(["OPENROUTER PROCESSING", "", "two"]);
    expect(outcome.end).toEqual({ kind: "complete" });
  });

  test("an event without its blank line is cut, and given as far as it came", () => {
    expect(decode("data: a\n\ndata: [DONE]").end).toEqual({
      kind: "cut",
      byteLength: 12,
      unterminated: event("[DONE]"),
    });
    expect(decode("data: a\n\ndata: [DONE]\n").end).toEqual({
      kind: "cut",
      byteLength: 13,
      unterminated: event("[DONE]"),
    });
    expect(decode("event: delta\n").end).toEqual({ kind: "cut", byteLength: 13, unterminated: undefined });
    expect(decode(Buffer.from("data: é").subarray(0, 7)).end).toEqual({
      kind: "cut",
      byteLength: 7,
      unterminated: undefined,
    });
  });

  test("invalid UTF-8 is an error after the events before it, and the last item", () => {
    const bytes = Buffer.concat([
      Buffer.from("data: a\n\ndata: "),
      Buffer.from([0xc3, 0x28]),
      Buffer.from("\n\ndata: b\n\n"),
    ]);
    const { items, end } = decode(bytes);
    expect(items).toEqual([event("a"), { kind: "error", error: expect.objectContaining({ reason: "invalid_utf8" }) }]);
    expect(end).toBe(items[1]);
  });

  test("an event above the limit is an error, as soon as the limit is passed", () => {
    const decoder = createSseDecoder({ maxEventBytes: 16 });
    expect(decoder.push(Buffer.from(`data: ${"a".repeat(9)}\n\n`))).toEqual([event("a".repeat(9))]);
    expect(decoder.push(Buffer.from(`data: ${"a".repeat(10)}`))).toEqual([]);
    expect(decoder.push(Buffer.from("a"))).toEqual([
      { kind: "error", error: expect.objectContaining({ reason: "oversize_event" }) },
    ]);
    expect(decoder.push(Buffer.from("\n\ndata: b\n\n"))).toEqual([]);
    expect(decoder.end().kind).toBe("error");
  });

  test("a raw block decodes alone", () => {
    expect(decodeSseBlock(Buffer.from("event: e\ndata: a\n"))).toEqual(event("a", { event: "e" }));
    expect(decodeSseBlock(Buffer.from(": only a comment"))).toBeUndefined();
    expect(decodeSseBlock(Uint8Array.of(0xff))).toMatchObject({ kind: "error" });
  });
});

/** Streams of everything that matters to the scanner, damaged ones included. */
const token = fc.constantFrom(
  ..."\n|\r|\r\n|\n\n|\r\n\r\n|data: a|data:|data|event: e|id: 1|: c|:|retry: 9|é|🦊|\ufeff|x: y| ".split("|"),
);
const stream = fc
  .array(
    fc.oneof(
      { weight: 12, arbitrary: token.map((text) => Buffer.from(text)) },
      { weight: 1, arbitrary: fc.uint8Array({ maxLength: 2 }) },
    ),
  )
  .map((parts) => Buffer.concat(parts));

function cutAt(bytes: Uint8Array, positions: readonly number[]): Uint8Array[] {
  const marks = [...new Set(positions.map((position) => position % (bytes.length + 1)))].sort((a, b) => a - b);
  return [0, ...marks].map((mark, index) => bytes.subarray(mark, marks[index] ?? bytes.length));
}

const plain = (outcome: Outcome) =>
  JSON.stringify(outcome, (_key, value) => (value instanceof Error ? value.message : value));

describe("any cut gives the same events", () => {
  test("random cuts", () => {
    fc.assert(
      fc.property(stream, fc.array(fc.nat()), fc.constantFrom(8, 20, 1_000), (bytes, positions, maxEventBytes) => {
        expect(plain(decodePieces(cutAt(bytes, positions), maxEventBytes))).toBe(plain(decode(bytes, maxEventBytes)));
      }),
      { numRuns: 2_000 },
    );
  });

  test("one byte at a time", () => {
    fc.assert(
      fc.property(stream, fc.constantFrom(8, 1_000), (bytes, maxEventBytes) => {
        const single = Array.from(bytes, (byte) => Uint8Array.of(byte));
        expect(plain(decodePieces(single, maxEventBytes))).toBe(plain(decode(bytes, maxEventBytes)));
      }),
      { numRuns: 500 },
    );
  });
});

test("what is encoded is decoded again", () => {
  const line = fc.string({ unit: "grapheme" }).map((text) => text.replaceAll(/[\r\n\0]/g, ""));
  const fields = fc.record({
    event: line.filter((text) => text !== ""),
    id: line,
    data: fc.array(line, { minLength: 1 }),
  });
  fc.assert(
    fc.property(fc.array(fields), (events) => {
      const text = events.map(({ data, ...rest }) => formatSse({ ...rest, data: data.join("\n") })).join("");
      expect(decode(text).items).toEqual(events.map(({ data, ...rest }) => event(data.join("\n"), rest)));
    }),
  );
});
