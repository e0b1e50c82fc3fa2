import { crc32 } from "node:zlib";
import { describe, expect, test } from "vitest";
import { createEventStreamDecoder } from "./decode.ts";
import { encodeEventStream } from "./encode.ts";
import type { HeaderValue } from "./header.ts";
import { encodeMessage } from "./message.ts";

const event = (name: string, data: string) => ({ kind: "event", event: name, data, id: undefined, retryMs: undefined });
const text = (value: string): HeaderValue => ({ type: "string", value });
const frame = (headers: Readonly<Record<string, string>>, payload: string | Buffer = "{}") =>
  encodeMessage({
    headers: new Map(Object.entries(headers).map(([name, value]) => [name, text(value)])),
    payload: Buffer.from(payload),
  });

const first = encodeEventStream({ event: "messageStart", data: '{"role":"assistant"}' });
const second = encodeEventStream({ event: "contentBlockDelta", data: '{"delta":{"text":"é"}}' });

function prelude(frameBytes: number, headersBytes: number): Buffer {
  const bytes = Buffer.alloc(12);
  bytes.writeUInt32BE(frameBytes, 0);
  bytes.writeUInt32BE(headersBytes, 4);
  bytes.writeUInt32BE(crc32(bytes.subarray(0, 8)), 8);
  return bytes;
}

function decode(pieces: readonly Uint8Array[], maxEventBytes?: number) {
  const decoder = createEventStreamDecoder(maxEventBytes === undefined ? {} : { maxEventBytes });
  const items = pieces.flatMap((piece) => decoder.push(piece));
  return { items, end: decoder.end(), after: decoder.push(first) };
}

describe("decoding", () => {
  test("frames in one chunk, in bytes, and with one cut anywhere", () => {
    const bytes = Buffer.concat([first, second, first]);
    const expected = [
      event("messageStart", '{"role":"assistant"}'),
      event("contentBlockDelta", '{"delta":{"text":"é"}}'),
      event("messageStart", '{"role":"assistant"}'),
    ];
    expect(decode([bytes])).toMatchObject({ items: expected, end: { kind: "complete" } });
    expect(decode(Array.from(bytes, (byte) => Uint8Array.of(byte)))).toMatchObject({
      items: expected,
      end: { kind: "complete" },
    });
    for (let at = 0; at <= bytes.length; at += 1) {
      expect(decode([bytes.subarray(0, at), bytes.subarray(at)]).items).toEqual(expected);
    }
  });

  test("a chunk is free to be used again once it was taken", () => {
    const decoder = createEventStreamDecoder();
    const chunk = Buffer.from(first.subarray(0, 20));
    decoder.push(chunk);
    chunk.fill(0xff);
    expect(decoder.push(first.subarray(20))).toEqual([event("messageStart", '{"role":"assistant"}')]);
  });

  test("an exception by its type, and an error outside the model by its headers", () => {
    const exception = encodeEventStream({
      event: "throttlingException",
      data: '{"message":"slow down"}',
      messageType: "exception",
    });
    const error = frame({ ":message-type": "error", ":error-code": "Gone", ":error-message": "it is" }, "");
    expect(decode([exception, error]).items).toEqual([
      event("throttlingException", '{"message":"slow down"}'),
      event("error", '{"__type":"Gone","message":"it is"}'),
    ]);
  });

  test.each([
    ["no type", {}],
    ["an unknown type", { ":message-type": "greeting" }],
    ["an event without a name", { ":message-type": "event" }],
    ["an exception without a name", { ":message-type": "exception", ":event-type": "a" }],
  ])("a message of %s is an error, and the last item", (_name, headers) => {
    const { items, end, after } = decode([first, frame(headers), second]);
    expect(items).toEqual([
      event("messageStart", '{"role":"assistant"}'),
      { kind: "error", error: expect.objectContaining({ reason: "bad_headers" }) },
    ]);
    expect(end).toBe(items[1]);
    expect(after).toEqual([]);
  });

  test("wrong checksums, impossible lengths, text that is not UTF-8", () => {
    const reasonOf = (bytes: Buffer, max?: number) => {
      const item = decode([first, bytes], max).items[1];
      return item?.kind === "error" ? item.error.reason : item;
    };
    const badPrelude = Buffer.from(second);
    badPrelude[8] = (badPrelude[8] as number) ^ 1;
    expect(reasonOf(badPrelude.subarray(0, 12))).toBe("bad_checksum");
    const badMessage = Buffer.from(second);
    badMessage[30] = (badMessage[30] as number) ^ 1;
    expect(reasonOf(badMessage)).toBe("bad_checksum");
    expect(reasonOf(prelude(15, 0))).toBe("bad_frame");
    expect(reasonOf(prelude(100, 85))).toBe("bad_frame");
    expect(reasonOf(prelude(1_000_000, 128 * 1024 + 1))).toBe("bad_frame");
    expect(reasonOf(Buffer.from("data: hello\n\n"))).toBe("bad_checksum");
    const headers = { ":message-type": "event", ":event-type": "a" };
    expect(reasonOf(frame(headers, Buffer.from([0xc3, 0x28])))).toBe("invalid_utf8");
  });

  test("a frame above the limit is an error as soon as its length is known, before it has come", () => {
    const large = encodeEventStream({ event: "a", data: JSON.stringify("a".repeat(1_000)) });
    const { items } = decode([large.subarray(0, 12)], large.length - 1);
    expect(items).toEqual([{ kind: "error", error: expect.objectContaining({ reason: "oversize_event" }) }]);
    expect(decode([large], large.length).items).toHaveLength(1);
  });

  test("a body that stops inside a frame is cut", () => {
    expect(decode([first, second.subarray(0, 5)]).end).toEqual({ kind: "cut", byteLength: 5, unterminated: undefined });
    expect(decode([second.subarray(0, -1)]).end).toMatchObject({ kind: "cut", byteLength: second.length - 1 });
    expect(decode([]).end).toEqual({ kind: "complete" });
  });
});
