import { expect, test } from "vitest";
import { decodeUsage, encodeUsage } from "./usage.ts";

test("keeps absent apart from zero", () => {
  expect(decodeUsage(undefined)).toBeUndefined();
  expect(decodeUsage(null)).toBeUndefined();
  expect(decodeUsage({})).toBeUndefined();
  const usage = decodeUsage({ prompt_tokens: 0, completion_tokens: 2, prompt_tokens_details: { cached_tokens: 0 } });
  expect(usage).toMatchObject({ inputTokens: 0, outputTokens: 2, cacheReadInputTokens: 0 });
  expect(usage?.reasoningOutputTokens).toBeUndefined();
});

test.each([
  ["OpenAI", { prompt_tokens_details: { cached_tokens: 4 } }],
  ["DeepSeek", { prompt_cache_hit_tokens: 4, prompt_cache_miss_tokens: 6 }],
  ["Moonshot", { cached_tokens: 4 }],
  ["Mistral", { num_cached_tokens: 4 }],
])("reads the cached tokens of %s", (_, more) => {
  expect(decodeUsage({ prompt_tokens: 10, completion_tokens: 1, ...more })?.cacheReadInputTokens).toBe(4);
});

test("adds reasoning to the output where the provider counts it beside, and only there", () => {
  const beside = {
    prompt_tokens: 307,
    completion_tokens: 26,
    total_tokens: 560,
    completion_tokens_details: { reasoning_tokens: 227 },
  };
  expect(decodeUsage(beside)).toMatchObject({ inputTokens: 307, outputTokens: 253, reasoningOutputTokens: 227 });
  const within = {
    prompt_tokens: 8,
    completion_tokens: 377,
    total_tokens: 385,
    completion_tokens_details: { reasoning_tokens: 320 },
  };
  expect(decodeUsage(within)).toMatchObject({ outputTokens: 377, reasoningOutputTokens: 320 });
  expect(encodeUsage(decodeUsage(beside), JSON.stringify(beside))).toEqual(beside);
});

test("ignores counts that are none", () => {
  expect(decodeUsage({ prompt_tokens: -1, completion_tokens: 1.5 })).toBeUndefined();
  expect(decodeUsage({ prompt_tokens: 5, completion_tokens: "7" })).toMatchObject({ inputTokens: 5 });
});

test("writes the provider's own object where it says the same, else the hub's counts", () => {
  const own = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15, cost: 0.1 };
  const usage = decodeUsage(own);
  expect(encodeUsage(usage, JSON.stringify(own))).toEqual(own);
  expect(encodeUsage(usage, JSON.stringify({ input_tokens: 10, output_tokens: 5 }))).toEqual({
    prompt_tokens: 10,
    completion_tokens: 5,
    total_tokens: 15,
  });
  expect(encodeUsage(usage, JSON.stringify({ ...own, completion_tokens: 6 }))).toEqual({
    prompt_tokens: 10,
    completion_tokens: 5,
    total_tokens: 15,
  });
  expect(encodeUsage(undefined, JSON.stringify(own))).toBeUndefined();
});
