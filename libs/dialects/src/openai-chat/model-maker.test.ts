import { expect, test } from "vitest";
import { readModelMaker } from "./model-maker.ts";

test.each([
  ["anthropic/claude-sonnet-4.6", "anthropic"],
  ["us.anthropic.claude-opus-4-6-v1", "anthropic"],
  ["models/gemini-3-pro", "google"],
  ["gpt-5.5", "openai"],
  ["openai/o3-mini", "openai"],
  ["o4", "openai"],
  ["x-ai/grok-4", "xai"],
  ["gpt-oss-120b", ""],
  ["llama-70b", ""],
  ["my-claude-distill", ""],
  ["olmo-3", ""],
])("%s is made by %j", (model, maker) => {
  expect(readModelMaker(model)).toBe(maker);
});
