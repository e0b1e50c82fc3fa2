import { create } from "@bufbuild/protobuf";
import { TokenUsageSchema } from "@sluice/api/sluice/common/v1/token_usage";
import { UsageSource } from "@sluice/api/sluice/usage/v1/usage_event";
import { expect, test } from "vitest";
import { estimateUsage } from "./estimate-usage.ts";

test("where nothing was reported, four make a token, and a started one counts", () => {
  const { usage, source } = estimateUsage(undefined, 401, 9);
  expect(usage).toMatchObject({ inputTokens: 101, outputTokens: 3 });
  expect(source).toBe(UsageSource.ESTIMATED);
});

test("what was reported stands, and output is never less than what was passed on", () => {
  const reported = create(TokenUsageSchema, { inputTokens: 7, cacheReadInputTokens: 5, outputTokens: 1 });
  const { usage, source } = estimateUsage(reported, 4_000, 40);
  expect(usage).toMatchObject({ inputTokens: 7, cacheReadInputTokens: 5, outputTokens: 10 });
  expect(source).toBe(UsageSource.PARTIAL);
  expect(estimateUsage(create(TokenUsageSchema, { outputTokens: 30 }), 400, 40).usage).toMatchObject({
    inputTokens: 100,
    outputTokens: 30,
  });
});

test("a count of zero is a report, not an absence", () => {
  expect(estimateUsage(create(TokenUsageSchema, { inputTokens: 0 }), 400, 0).usage.inputTokens).toBe(0);
});

test("the report is left as it came", () => {
  const reported = create(TokenUsageSchema, { inputTokens: 7 });
  estimateUsage(reported, 4_000, 40);
  expect(reported.outputTokens).toBeUndefined();
});
