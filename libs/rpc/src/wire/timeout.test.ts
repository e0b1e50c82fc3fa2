import { expect, it } from "vitest";
import { encodeTimeout, maxTimeoutMs, parseTimeout } from "./timeout.ts";

it.each([
  [undefined, undefined],
  ["0", 0],
  ["1500", 1500],
  [String(maxTimeoutMs), maxTimeoutMs],
  [String(maxTimeoutMs + 1), "malformed"],
  ["99999999999", "malformed"],
  ["-1", "malformed"],
  ["1.5", "malformed"],
  ["", "malformed"],
  [["1", "2"], "malformed"],
])("reads %j as %j", (header, expected) => {
  expect(parseTimeout(header)).toBe(expected);
});

it.each([
  [0.2, "1"],
  [1.2, "2"],
  [30_000, "30000"],
  [Number.MAX_SAFE_INTEGER, String(maxTimeoutMs)],
])("writes %d as %s", (timeoutMs, expected) => {
  expect(encodeTimeout(timeoutMs)).toBe(expected);
});
