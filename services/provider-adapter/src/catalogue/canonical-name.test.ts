import { expect, test } from "vitest";
import { canonicalName } from "./canonical-name.ts";

test.each([
  ["claude-sonnet-4-5", "claude-sonnet-4-5"],
  ["anthropic/claude-sonnet-4.5", "claude-sonnet-4-5"],
  ["claude-sonnet-4-5@20250929", "claude-sonnet-4-5"],
  ["us.anthropic.claude-sonnet-4-5-20250929-v1:0", "claude-sonnet-4-5"],
  ["accounts/fireworks/models/deepseek-v3p2", "deepseek-v3p2"],
  ["Qwen/Qwen3-235B-A22B-Instruct-2507", "qwen3-235b-a22b-instruct-2507"],
  ["meta-llama/llama-3.3-70b-instruct:free", "llama-3-3-70b-instruct"],
  ["gpt-4o-2024-08-06", "gpt-4o"],
])("%s is %s", (name, canonical) => {
  expect(canonicalName(name)).toBe(canonical);
});
