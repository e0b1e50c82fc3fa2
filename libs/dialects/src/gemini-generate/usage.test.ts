import { create } from "@bufbuild/protobuf";
import { TokenUsageSchema } from "@sluice/api/sluice/common/v1/token_usage";
import { describe, expect, test } from "vitest";
import { decodeUsage, encodeUsage, readServedTier } from "./usage.ts";

describe("reading", () => {
  test("totals include thoughts and what tools read; modalities are summed", () => {
    const usage = decodeUsage({
      promptTokenCount: 100,
      cachedContentTokenCount: 60,
      toolUsePromptTokenCount: 30,
      candidatesTokenCount: 20,
      thoughtsTokenCount: 5,
      totalTokenCount: 155,
      promptTokensDetails: [
        { modality: "TEXT", tokenCount: 50 },
        { modality: "IMAGE", tokenCount: 40 },
        { modality: "AUDIO", tokenCount: 10 },
      ],
      toolUsePromptTokensDetails: [{ modality: "IMAGE", tokenCount: 2 }],
      candidatesTokensDetails: [{ modality: "AUDIO", tokenCount: 7 }],
    });
    expect(usage).toEqual(
      create(TokenUsageSchema, {
        inputTokens: 130,
        cacheReadInputTokens: 60,
        imageInputTokens: 42,
        audioInputTokens: 10,
        outputTokens: 25,
        reasoningOutputTokens: 5,
        audioOutputTokens: 7,
      }),
    );
  });

  test.each([
    [{ trafficType: "ON_DEMAND" }, undefined, undefined],
    [undefined, undefined, undefined],
    [{ promptTokenCount: 5 }, 5, undefined],
    [{ promptTokenCount: 5, totalTokenCount: 5 }, 5, 0],
    [{ promptTokenCount: 5, thoughtsTokenCount: 9, totalTokenCount: 14 }, 5, 9],
    [{ prompt_token_count: 5, candidates_token_count: 2 }, 5, 2],
  ])("%j", (usage, input, output) => {
    expect(decodeUsage(usage)?.inputTokens).toBe(input);
    expect(decodeUsage(usage)?.outputTokens).toBe(output);
  });

  test("what was not reported is absent, not 0", () => {
    const usage = decodeUsage({ promptTokenCount: 5, candidatesTokenCount: 0 });
    expect(usage?.outputTokens).toBe(0);
    expect(usage?.reasoningOutputTokens).toBeUndefined();
    expect(usage?.cacheReadInputTokens).toBeUndefined();
  });

  test("the class of service stands in it", () => {
    expect(readServedTier({ serviceTier: "flex" })).toBe("flex");
    expect(readServedTier(undefined)).toBe("");
  });
});

describe("telling", () => {
  const usage = create(TokenUsageSchema, { inputTokens: 10, outputTokens: 9, reasoningOutputTokens: 4 });

  test("Google's own is told as it came", () => {
    const own = { promptTokenCount: 10, candidatesTokenCount: 5, thoughtsTokenCount: 4, trafficType: "ON_DEMAND" };
    expect(encodeUsage(usage, JSON.stringify(own), "")).toEqual(own);
  });

  test("another's is told in Google's counts, without what was not reported", () => {
    expect(encodeUsage(usage, '{"prompt_tokens":10}', "standard")).toEqual({
      promptTokenCount: 10,
      candidatesTokenCount: 5,
      thoughtsTokenCount: 4,
      totalTokenCount: 19,
      serviceTier: "standard",
    });
    expect(encodeUsage(undefined, "", "")).toBeUndefined();
  });
});
