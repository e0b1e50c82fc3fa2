import { expect, test } from "vitest";
import { formatDuration, parseDuration } from "./duration.ts";

test.each([
  ["500ms", 500],
  ["2s", 2_000],
  ["10m", 600_000],
  ["1h", 3_600_000],
  ["1d", 86_400_000],
  ["0s", 0],
])("%s is %i ms, and back", (text, milliseconds) => {
  expect(parseDuration(text)).toBe(milliseconds);
  expect(formatDuration(milliseconds)).toBe(text);
});

test.each(["", "5", "s", "1.5s", "-1s", "1 s", "1w", "1S", "999999999999999d"])("%j is none", (text) => {
  expect(parseDuration(text)).toBeUndefined();
});

test("what cannot be written exactly is refused", () => {
  expect(formatDuration(90_000)).toBe("90s");
  expect(() => formatDuration(0.5)).toThrow(RangeError);
  expect(() => formatDuration(-1)).toThrow(RangeError);
});
