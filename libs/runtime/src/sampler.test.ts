import { expect, test } from "vitest";
import { ConfigError } from "./env.ts";
import { randomHex } from "./random.ts";
import { isWithinRatio, readSampler } from "./sampler.ts";

const low = `${"f".repeat(19)}${"0".repeat(13)}`;
const high = "f".repeat(32);

test.each([
  ["always_on", "", [true, true, true]],
  ["always_off", "", [false, false, false]],
  ["parentbased_always_on", "", [true, true, false]],
  ["parentbased_always_off", "", [false, true, false]],
  ["parentbased_traceidratio", "0.5", [false, true, false]],
  ["traceidratio", "0.5", [false, false, false]],
  ["", "", [false, true, false]],
])("%s %s: without a caller, sampled caller, unsampled caller", (name, argument, expected) => {
  const sampler = readSampler({ OTEL_TRACES_SAMPLER: name, OTEL_TRACES_SAMPLER_ARG: argument });
  expect([sampler(high, undefined), sampler(high, true), sampler(high, false)]).toEqual(expected);
});

test("by ratio: the share is right and depends on the trace id alone", () => {
  const ids = Array.from({ length: 20_000 }, () => randomHex(16));
  const share = ids.filter((id) => isWithinRatio(id, 0.1)).length / ids.length;
  expect(share).toBeGreaterThan(0.08);
  expect(share).toBeLessThan(0.12);
  expect(isWithinRatio(low, 1e-9)).toBe(true);
  expect(isWithinRatio(low, 0)).toBe(false);
  expect(isWithinRatio(high, 1)).toBe(true);
});

test("a wrong name or share is an error", () => {
  expect(() => readSampler({ OTEL_TRACES_SAMPLER: "sometimes" })).toThrow(ConfigError);
  expect(() => readSampler({ OTEL_TRACES_SAMPLER_ARG: "2" })).toThrow("expected a number from 0 to 1");
});
