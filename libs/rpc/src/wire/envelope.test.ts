import { describe, expect, it } from "vitest";
import { EnvelopeReader, encodeEnvelope } from "./envelope.ts";

function read(chunks: Buffer[], maxBytes = 1_000_000) {
  const envelopes: { flags: number; data: string }[] = [];
  const reader = new EnvelopeReader(maxBytes, (flags, data) =>
    envelopes.push({ flags, data: Buffer.from(data).toString() }),
  );
  const faults = chunks.map((chunk) => reader.push(chunk)).filter((fault) => fault !== undefined);
  return { envelopes, faults, unfinished: reader.unfinished };
}

const big = "x".repeat(40_000);
const wire = Buffer.concat([
  ...encodeEnvelope(0, Buffer.from("first")),
  ...encodeEnvelope(0, Buffer.alloc(0)),
  ...encodeEnvelope(0, Buffer.from(big)),
  ...encodeEnvelope(2, Buffer.from("{}")),
]);
const expected = [
  { flags: 0, data: "first" },
  { flags: 0, data: "" },
  { flags: 0, data: big },
  { flags: 2, data: "{}" },
];

describe("EnvelopeReader", () => {
  it("reads envelopes that come at once", () => {
    expect(read([wire])).toEqual({ envelopes: expected, faults: [], unfinished: false });
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 4096])("reads envelopes that come in pieces of %i bytes", (size) => {
    const chunks: Buffer[] = [];
    for (let at = 0; at < wire.length; at += size) chunks.push(wire.subarray(at, at + size));
    expect(read(chunks).envelopes).toEqual(expected);
  });

  it.each([1, 4, 5, 9])("knows that the envelope cut after %i bytes is unfinished", (size) => {
    expect(read([wire.subarray(0, size)])).toEqual({ envelopes: [], faults: [], unfinished: true });
  });

  it("refuses a length over the limit from its prefix alone", () => {
    const prefix = Buffer.from([0, 0xff, 0xff, 0xff, 0xff]);
    expect(read([prefix], 1024).faults).toEqual([{ kind: "oversize", bytes: 0xffffffff }]);
  });

  it("takes a message of just the limit", () => {
    expect(read([Buffer.concat(encodeEnvelope(0, Buffer.from("12345")))], 5).envelopes).toHaveLength(1);
    expect(read([Buffer.concat(encodeEnvelope(0, Buffer.from("123456")))], 5).faults).toHaveLength(1);
  });
});
