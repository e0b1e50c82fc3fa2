import fc from "fast-check";
import { expect, test } from "vitest";
import { formatUsd, maxNanos, parseUsd, parseUsdNumber } from "./usd.ts";

test.each([
  ["25", 25_000_000_000n],
  ["0.15", 150_000_000n],
  ["0.002575", 2_575_000n],
  ["0.000000001", 1n],
  ["00.10", 100_000_000n],
  ["1.1000000000000", 1_100_000_000n],
  ["9223372036.854775807", maxNanos],
])("reads %s exactly", (text, nanos) => {
  expect(parseUsd(text)).toBe(nanos);
});

test.each([
  "",
  ".5",
  "5.",
  "-1",
  "+1",
  "1e3",
  "1,5",
  "1_000",
  " 1",
  "1\n",
  "$1",
  "0.0000000001",
  "9223372036.854775808",
  "١",
])("refuses %j", (text) => {
  expect(parseUsd(text)).toBeUndefined();
});

test.each([
  [0n, "0.00"],
  [1n, "0.000000001"],
  [2_575_000n, "0.002575"],
  [25_000_000_000n, "25.00"],
  [1_500_000_000n, "1.50"],
  [-1_234_000_000n, "-1.234"],
])("writes %s as %s", (nanos, text) => {
  expect(formatUsd(nanos)).toBe(text);
});

test("reads back what it writes", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: maxNanos }), (nanos) => {
      expect(parseUsd(formatUsd(nanos))).toBe(nanos);
    }),
  );
});

test.each([
  [0.075, 75_000_000n],
  [0.1 + 0.2, undefined],
  [15, 15_000_000_000n],
  [1e-7, 100n],
  [1.25e-7, 125n],
  [1e-9, 1n],
  [1e-10, undefined],
  [1e21, undefined],
  [-1, undefined],
  [Number.NaN, undefined],
  [Number.POSITIVE_INFINITY, undefined],
])("reads the number %s as the decimal that it is written as", (usd, nanos) => {
  expect(parseUsdNumber(usd)).toBe(nanos);
});
