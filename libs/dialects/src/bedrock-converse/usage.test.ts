import { expect, test } from "vitest";
import { decodeUsage, encodeUsage } from "./usage.ts";

test.each([
  [
    { inputTokens: 10, outputTokens: 5, totalTokens: 15 },
    { inputTokens: 10, outputTokens: 5 },
  ],
  [
    { inputTokens: 10, outputTokens: 5, cacheReadInputTokens: 100, cacheWriteInputTokens: 20, totalTokens: 135 },
    { inputTokens: 130, outputTokens: 5, cacheReadInputTokens: 100, cacheWriteInputTokens: 20 },
  ],
  [
    {
      inputTokens: 1,
      outputTokens: 2,
      cacheWriteInputTokens: 30,
      cacheDetails: [
        { ttl: "1h", inputTokens: 10 },
        { ttl: "5m", inputTokens: 20 },
      ],
    },
    { inputTokens: 31, outputTokens: 2, cacheWriteInputTokens: 30, cacheWrite1hInputTokens: 10 },
  ],
  [{ outputTokens: 2 }, { outputTokens: 2 }],
])("%j", (usage, expected) => {
  const decoded = decodeUsage(usage);
  expect(decoded).toMatchObject(expected);
  if (decoded === undefined) return;
  // Bedrock's own words, where the client speaks them; else the same counts in them.
  expect(encodeUsage(decoded, JSON.stringify(usage))).toEqual(usage);
  expect(decodeUsage(encodeUsage(decoded, ""))).toEqual(decoded);
});

test.each([undefined, null, {}, "many", { inputTokens: -1 }, { inputTokens: "7" }])("%j counts nothing", (usage) => {
  expect(decodeUsage(usage)).toBeUndefined();
});

test("a total is the sum, cached tokens and all", () => {
  const decoded = decodeUsage({ inputTokens: 10, outputTokens: 5, cacheReadInputTokens: 100 });
  expect(decoded && encodeUsage(decoded, "")).toEqual({
    inputTokens: 10,
    outputTokens: 5,
    totalTokens: 115,
    cacheReadInputTokens: 100,
  });
});
