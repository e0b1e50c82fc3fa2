import { expect, test } from "vitest";
import { readModelTraits } from "./model-traits.ts";

test.each([
  ["us.anthropic.claude-sonnet-4-5-20250929-v1:0", true],
  ["global.anthropic.claude-opus-4-8", true],
  ["anthropic.claude-sonnet-4-20250514-v1:0", false],
  ["us.anthropic.claude-3-7-sonnet-20250219-v1:0", false],
  ["arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-haiku-4-5-20251001-v1:0", true],
])("%s is Claude, and takes a schema: %s", (model, structuredOutput) => {
  const traits = readModelTraits(model);
  expect(traits.claude).toBeDefined();
  expect(traits).toMatchObject({ reasoning: "claude", reasoningSigner: "anthropic", structuredOutput });
});

test.each([
  ["amazon.nova-pro-v1:0", { reasoning: "none", cachePoints: "content" }],
  ["us.amazon.nova-2-lite-v1:0", { reasoning: "nova" }],
  ["openai.gpt-oss-20b-1:0", { reasoning: "reasoning_effort", reasoningSigner: "none" }],
  ["us.deepseek.r1-v1:0", { tools: false }],
  ["us.meta.llama4-scout-17b-instruct-v1:0", { structuredOutput: false }],
  [
    "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/a1b2",
    { tools: true, reasoningSigner: "any" },
  ],
])("%s", (model, expected) => {
  expect(readModelTraits(model)).toMatchObject({ claude: undefined, ...expected });
});
