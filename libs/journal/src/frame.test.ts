import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeFrames, encodeFrame, type FrameItem, type FrameKind, frameByteLength } from "./frame.ts";

interface Sample {
  readonly kind: FrameKind;
  readonly sequence: number;
  readonly attemptId: string;
  readonly payload: Uint8Array;
}

function encode(samples: readonly Sample[]): Buffer {
  return Buffer.concat(
    samples.map(({ kind, sequence, attemptId, payload }) => {
      const bytes = Buffer.alloc(frameByteLength(Buffer.byteLength(attemptId), payload.length));
      expect(encodeFrame(bytes, 0, kind, sequence, attemptId, payload)).toBe(bytes.length);
      return bytes;
    }),
  );
}

function framesOf(items: readonly FrameItem[]): Sample[] {
  return items.flatMap((item) => {
    if (item.kind !== "frame") return [];
    const { kind, sequence, attemptId, payload } = item.frame;
    return [{ kind, sequence, attemptId, payload: Uint8Array.from(payload) }];
  });
}

const sample = fc.record<Sample>({
  kind: fc.constantFrom("intent", "end", "withdrawn"),
  sequence: fc.nat({ max: 2 ** 48 - 1 }),
  attemptId: fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 }),
  payload: fc.uint8Array({ maxLength: 60 }),
});
const samples = fc.array(sample, { maxLength: 6 });

test("what is encoded is decoded", () => {
  fc.assert(
    fc.property(samples, (written) => {
      expect(framesOf([...decodeFrames(encode(written), 0)])).toEqual(written);
    }),
  );
});

test("cut at every byte: the whole records are there, the rest is torn", () => {
  fc.assert(
    fc.property(samples, (written) => {
      const bytes = encode(written);
      for (let length = 0; length <= bytes.length; length += 1) {
        const items = [...decodeFrames(bytes.subarray(0, length), 0)];
        const frames = framesOf(items);
        expect(frames).toEqual(written.slice(0, frames.length));
        const whole = encode(written.slice(0, frames.length)).length;
        const torn = length === whole ? [] : [{ kind: "torn", offset: whole, byteLength: length - whole }];
        expect(items.filter((item) => item.kind !== "frame")).toEqual(torn);
        const next = written[frames.length];
        if (next !== undefined) expect(length).toBeLessThan(whole + encode([next]).length);
      }
    }),
    { numRuns: 50 },
  );
});

describe("damage", () => {
  const written: Sample[] = [1, 2, 3].map((sequence) => ({
    kind: "end",
    sequence,
    attemptId: `a${sequence}`,
    payload: Uint8Array.of(sequence, 0x53, 0x4c, 0x52, 0x31),
  }));
  const bytes = encode(written);
  const one = bytes.length / 3;

  test("of any byte in the middle is reported with its place, and the records around it are read", () => {
    for (let position = one; position < 2 * one; position += 1) {
      const damaged = Buffer.from(bytes);
      damaged[position] = (damaged[position] ?? 0) ^ 0x5a;
      const items = [...decodeFrames(damaged, 0)];
      expect(items.map((item) => item.kind)).toEqual(["frame", "corrupt", "frame"]);
      expect(items[1]).toEqual({ kind: "corrupt", offset: one, byteLength: one });
      expect(framesOf(items)).toEqual([written[0], written[2]]);
    }
  });

  test("of the last record is a torn tail", () => {
    const damaged = Buffer.from(bytes);
    damaged[bytes.length - 1] = 0;
    expect([...decodeFrames(damaged, 0)].at(-1)).toEqual({ kind: "torn", offset: 2 * one, byteLength: one });
  });

  test("zeros at the end, as after a loss of power, are a torn tail", () => {
    const items = [...decodeFrames(Buffer.concat([bytes, Buffer.alloc(4_096)]), 0)];
    expect(items.at(-1)).toEqual({ kind: "torn", offset: bytes.length, byteLength: 4_096 });
    expect(framesOf(items)).toEqual(written);
  });
});
