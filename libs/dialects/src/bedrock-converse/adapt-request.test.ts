import { expect, test } from "vitest";
import { claude } from "../../tests/bedrock-converse.ts";
import type { JsonObject } from "../dialect.ts";
import { adaptRequest } from "./adapt-request.ts";

function adapt(members: JsonObject, model: string): readonly string[] {
  return adaptRequest(members, { model } as never).map(({ path, action }) =>
    action.kind === "set" ? `${path.join(".")} = ${JSON.stringify(action.value)}` : `${path.join(".")} ${action.kind}`,
  );
}

const thinking = { type: "enabled", budget_tokens: 2000 };

test.each([
  [{}, claude, []],
  [{ inferenceConfig: { temperature: 0.5, topP: 0.9 } }, claude, []],
  [{ inferenceConfig: { temperature: 1.5 } }, claude, ["inferenceConfig.temperature = 1"]],
  [
    { inferenceConfig: { temperature: 0.5, topP: 0.9 }, additionalModelRequestFields: { thinking, top_k: 5 } },
    claude,
    ["inferenceConfig.temperature remove", "inferenceConfig.topP = 0.95", "additionalModelRequestFields.top_k remove"],
  ],
  [
    { inferenceConfig: { temperature: 0.5, topP: 0.9 } },
    "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
    ["inferenceConfig.topP remove"],
  ],
  [
    { inferenceConfig: { temperature: 0.5 }, additionalModelRequestFields: { top_k: 5 } },
    "global.anthropic.claude-opus-4-8",
    ["inferenceConfig.temperature remove", "additionalModelRequestFields.top_k remove"],
  ],
  [
    { inferenceConfig: { stopSequences: ["a", "b", "c", "d", "e"] } },
    "amazon.nova-pro-v1:0",
    ['inferenceConfig.stopSequences = ["a","b","c","d"]'],
  ],
  [
    {
      inferenceConfig: { temperature: 0.5 },
      additionalModelRequestFields: { reasoningConfig: { type: "enabled", maxReasoningEffort: "high" } },
    },
    "us.amazon.nova-2-lite-v1:0",
    ["inferenceConfig.temperature remove"],
  ],
])("%j for %s", (members, model, edits) => {
  expect(adapt(members as JsonObject, model)).toEqual(edits);
});
