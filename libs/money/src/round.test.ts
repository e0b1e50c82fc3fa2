import fc from "fast-check";
import { expect, test } from "vitest";
import { roundSafeUpToNano, roundUpToNano } from "./round.ts";
import { maxNanos } from "./usd.ts";

test.each([
  [0n, 0n],
  [1n, 1n],
  [999_999n, 1n],
  [1_000_000n, 1n],
  [1_000_001n, 2n],
])("rounds %s millionths up to %s", (millionths, nanos) => {
  expect(roundUpToNano(millionths)).toBe(nanos);
  expect(roundSafeUpToNano(Number(millionths))).toBe(nanos);
});

test("stops at the most that a message holds", () => {
  expect(roundUpToNano(maxNanos * 1_000_000n)).toBe(maxNanos);
  expect(roundUpToNano(maxNanos * 2_000_000n)).toBe(maxNanos);
});

test("rounds safe integers exactly as big ones", () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), (millionths) => {
      expect(roundSafeUpToNano(millionths)).toBe(roundUpToNano(BigInt(millionths)));
    }),
  );
  for (let below = 0; below < 100; below += 1) {
    const millionths = Number.MAX_SAFE_INTEGER - below;
    expect(roundSafeUpToNano(millionths)).toBe(roundUpToNano(BigInt(millionths)));
  }
});
