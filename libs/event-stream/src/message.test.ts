import { crc32 } from "node:zlib";
import { EventStreamCodec, Int64 } from "@smithy/core/event-streams";
import { fromUtf8, toUtf8 } from "@smithy/core/serde";
import fc from "fast-check";
import { expect, test } from "vitest";
import { EventStreamError } from "./event-stream-item.ts";
import type { HeaderValue } from "./header.ts";
import { decodeMessage, encodeMessage } from "./message.ts";

const official = new EventStreamCodec(toUtf8, fromUtf8);
type OfficialHeaders = Parameters<typeof official.encode>[0]["headers"];

const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const hex = (digits: number) =>
  fc.string({ unit: fc.constantFrom(..."0123456789abcdef"), minLength: digits, maxLength: digits });
const headerValue: fc.Arbitrary<HeaderValue> = fc.oneof(
  fc.record({ type: fc.constant("boolean" as const), value: fc.boolean() }),
  fc.record({ type: fc.constant("byte" as const), value: fc.integer({ min: -128, max: 127 }) }),
  fc.record({ type: fc.constant("short" as const), value: fc.integer({ min: -32_768, max: 32_767 }) }),
  fc.record({ type: fc.constant("integer" as const), value: fc.integer() }),
  fc.record({ type: fc.constant("long" as const), value: int64 }),
  fc.record({ type: fc.constant("bytes" as const), value: fc.uint8Array() }),
  fc.record({ type: fc.constant("string" as const), value: fc.string({ unit: "grapheme" }) }),
  // What a Date can hold: the official codec gives dates.
  fc.record({
    type: fc.constant("timestamp" as const),
    value: fc.bigInt({ min: -8_640_000_000_000_000n, max: 8_640_000_000_000_000n }),
  }),
  fc.record({
    type: fc.constant("uuid" as const),
    value: fc.tuple(hex(8), hex(4), hex(4), hex(4), hex(12)).map((groups) => groups.join("-")),
  }),
);
const message = fc.record({
  headers: fc
    .array(fc.tuple(fc.stringMatching(/^[:a-z][a-z-]{0,40}$/), headerValue))
    .map((entries): ReadonlyMap<string, HeaderValue> => new Map(entries)),
  payload: fc.uint8Array({ maxLength: 2_000 }).map((bytes) => Buffer.from(bytes)),
});

/** The headers as the SDK has them. */
function toOfficial(headers: ReadonlyMap<string, HeaderValue>): OfficialHeaders {
  const converted: Record<string, unknown> = Object.create(null);
  for (const [name, { type, value }] of headers) {
    if (type === "bytes") converted[name] = { type: "binary", value };
    else if (type === "timestamp") converted[name] = { type, value: new Date(Number(value)) };
    else if (type === "long") converted[name] = { type, value: new Int64(int64Bytes(value)) };
    else converted[name] = { type, value };
  }
  return converted as OfficialHeaders;
}

function int64Bytes(value: bigint): Uint8Array {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(value);
  return new Uint8Array(bytes);
}

test("what we write the AWS SDK writes byte for byte, and what it writes we read", () => {
  fc.assert(
    fc.property(message, ({ headers, payload }) => {
      const ours = encodeMessage({ headers, payload });
      const theirs = Buffer.from(official.encode({ headers: toOfficial(headers), body: payload }));
      expect(ours.equals(theirs)).toBe(true);
      const decoded = decodeMessage(theirs);
      if (decoded instanceof EventStreamError) throw decoded;
      expect([...decoded.headers]).toEqual([...headers].map(([name, header]) => [name, plain(header)]));
      expect(decoded.payload.equals(payload)).toBe(true);
      const read = official.decode(ours);
      expect(Buffer.from(read.body).equals(payload)).toBe(true);
      expect(Object.keys(read.headers)).toEqual([...headers.keys()]);
    }),
  );
});

function plain(header: HeaderValue): HeaderValue {
  return header.type === "bytes" ? { type: "bytes", value: Uint8Array.from(header.value) } : header;
}

test("a frame with any one byte changed is refused", () => {
  const frame = encodeMessage({
    headers: new Map([["a", { type: "string", value: "b" }]]),
    payload: Buffer.from("{}"),
  });
  // The prelude is checked before, where the frame's length is read.
  for (let at = 0; at < frame.length; at += 1) {
    const changed = Buffer.from(frame);
    changed[at] = (changed[at] as number) ^ 0x01;
    expect(decodeMessage(changed)).toBeInstanceOf(EventStreamError);
  }
});

test.each([
  ["cut in its name", [5, 0x61], "a header is cut off in its name"],
  ["without a name", [0, 0], "a header's name is empty or not UTF-8"],
  ["of an unknown type", [1, 0x61, 10], "header a has a value of type 10, expected 0 to 9"],
  ["cut in its value", [1, 0x61, 7, 0, 9, 0x62], "header a is cut off in its value"],
  ["cut in its value's length", [1, 0x61, 7, 0], "header a is cut off in its value"],
  ["a number that is cut", [1, 0x61, 5, 0, 0], "header a is cut off in its value"],
  ["a text that is not UTF-8", [1, 0x61, 7, 0, 1, 0xff], "header a is a text that is not UTF-8"],
])("a header %s is refused", (_name, bytes, message) => {
  const headers = Buffer.from(bytes);
  const raw = Buffer.from(official.encode({ headers: {}, body: headers }));
  // The same frame, its payload declared to be its headers.
  raw.writeUInt32BE(headers.length, 4);
  expect(decodeMessage(reseal(raw))).toMatchObject({ reason: "bad_headers", message });
});

function reseal(frame: Buffer): Buffer {
  frame.writeUInt32BE(crc32(frame.subarray(0, 8)), 8);
  frame.writeUInt32BE(crc32(frame.subarray(0, -4)), frame.length - 4);
  return frame;
}

test("what does not fit is not written", () => {
  const write = (name: string, value: HeaderValue) => () =>
    encodeMessage({ headers: new Map([[name, value]]), payload: Buffer.alloc(0) });
  expect(write("", { type: "boolean", value: true })).toThrow(RangeError);
  expect(write("a".repeat(256), { type: "boolean", value: true })).toThrow(RangeError);
  expect(write("a", { type: "string", value: "a".repeat(32_768) })).toThrow(RangeError);
  expect(write("a", { type: "uuid", value: "12" })).toThrow(RangeError);
  expect(write("a", { type: "byte", value: 128 })).toThrow(RangeError);
});
