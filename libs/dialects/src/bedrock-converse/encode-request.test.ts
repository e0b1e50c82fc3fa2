import { describe, expect, test } from "vitest";
import { claude, claude45, sendChat, sendMessages } from "../../tests/bedrock-converse.ts";

const nova2 = "us.amazon.nova-2-lite-v1:0";

describe("how hard to reason", () => {
  test.each([
    ["a budget, for Claude that takes one", "high", claude, { thinking: { type: "enabled" } }],
    ["an effort, for Claude that takes one", "high", "global.anthropic.claude-opus-4-8", {}],
    ["gpt-oss", "low", "openai.gpt-oss-120b-1:0", { reasoning_effort: "low" }],
    ["what gpt-oss does not know", "minimal", "openai.gpt-oss-120b-1:0", { reasoning_effort: "low" }],
    ["what gpt-oss cannot do", "none", "openai.gpt-oss-120b-1:0", { reasoning_effort: "low" }],
    ["OpenAI's newer models", "xhigh", "openai.gpt-5.5", { reasoning: { effort: "xhigh" } }],
    ["Nova", "medium", nova2, { reasoningConfig: { type: "enabled", maxReasoningEffort: "medium" } }],
    ["Nova, not at all", "none", nova2, { reasoningConfig: { type: "disabled" } }],
  ])("%s", (_, reasoning_effort, model, expected) => {
    const { body } = sendChat({ reasoning_effort }, model);
    expect(body["additionalModelRequestFields"] ?? {}).toMatchObject(expected);
  });

  test("Claude that is told an effort is told it in its own words", () => {
    const { body } = sendChat({ reasoning_effort: "high" }, "global.anthropic.claude-opus-4-8");
    expect(body["additionalModelRequestFields"]).toMatchObject({ output_config: { effort: "high" } });
    expect(body["outputConfig"]).toBeUndefined();
  });

  test("a budget of Anthropic's own client stays what it is, and makes the temperature its only one", () => {
    const { body, changes } = sendMessages({ thinking: { type: "enabled", budget_tokens: 2000 }, temperature: 0.2 });
    expect(body["additionalModelRequestFields"]).toEqual({ thinking: { type: "enabled", budget_tokens: 2000 } });
    expect(body["inferenceConfig"]).toEqual({ maxTokens: 4000 });
    expect(changes).toContain("temperature dropped");
  });

  test("Nova at its hardest takes no sampling, and does not get there where there is a limit", () => {
    const hardest = sendChat({ reasoning_effort: "high", temperature: 0.5 }, nova2);
    expect(hardest.body["additionalModelRequestFields"]).toEqual({
      reasoningConfig: { type: "enabled", maxReasoningEffort: "high" },
    });
    expect(hardest.changes).toContain("temperature dropped");
    const bound = sendChat({ reasoning_effort: "high", max_tokens: 500 }, nova2);
    expect(bound.body["additionalModelRequestFields"]).toEqual({
      reasoningConfig: { type: "enabled", maxReasoningEffort: "medium" },
    });
    expect(bound.changes).toContain("reasoning_effort clamped");
  });

  test("a model that is told nothing of it", () => {
    const { body, changes } = sendChat({ reasoning_effort: "high" }, "meta.llama3-1-8b-instruct-v1:0");
    expect(body["additionalModelRequestFields"]).toBeUndefined();
    expect(changes).toEqual(["reasoning_effort dropped"]);
  });
});

describe("sampling", () => {
  test("stays within what Bedrock takes", () => {
    const { body, changes } = sendChat({ temperature: 1.7, max_completion_tokens: 100, stop: ["END"] });
    expect(body["inferenceConfig"]).toEqual({ maxTokens: 100, temperature: 1, stopSequences: ["END"] });
    expect(changes).toEqual(["temperature clamped"]);
  });

  test.each([
    [claude, { top_k: 5 }],
    ["amazon.nova-pro-v1:0", { inferenceConfig: { topK: 5 } }],
    ["cohere.command-r-v1:0", { k: 5 }],
    ["deepseek.v3-v1:0", undefined],
  ])("the limit to the likeliest tokens stands where %s has it", (model, expected) => {
    const { body, changes } = sendMessages({ top_k: 5 }, model);
    expect(body["additionalModelRequestFields"]).toEqual(expected);
    expect(changes.includes("top_k dropped")).toBe(expected === undefined);
  });

  test("which stop sequence it was, Claude is asked for", () => {
    expect(sendChat({ stop: "END" }).body["additionalModelResponseFieldPaths"]).toEqual(["/stop_sequence"]);
    expect(sendChat({ stop: "END" }, "amazon.nova-pro-v1:0").body["additionalModelResponseFieldPaths"]).toBeUndefined();
  });

  test("no more stop sequences than the model takes", () => {
    const { body, changes } = sendMessages({ stop_sequences: ["a", "b", "c", "d", "e"] }, "amazon.nova-pro-v1:0");
    expect(body["inferenceConfig"]).toMatchObject({ stopSequences: ["a", "b", "c", "d"] });
    expect(changes).toContain("stop clamped");
  });

  test("what Bedrock has no place for is left out, and told", () => {
    const { changes } = sendChat({ seed: 7, logit_bias: { 1: 2 }, presence_penalty: 1, frequency_penalty: 0 });
    expect(changes.toSorted()).toEqual(["logit_bias dropped", "presence_penalty dropped", "seed dropped"]);
  });

  test("several answers are refused", () => {
    expect(sendChat({ n: 2 }).refused).toMatchObject({ parameter: "n" });
  });
});

describe("a class of service and labels", () => {
  test("in Bedrock's words", () => {
    expect(sendChat({ service_tier: "priority" }).body["serviceTier"]).toEqual({ type: "priority" });
    const left = sendChat({ service_tier: "auto" });
    expect(left.body["serviceTier"]).toBeUndefined();
    expect(left.changes).toEqual(["service_tier converted"]);
    expect(sendChat({ service_tier: "scale" }).changes).toEqual(["service_tier dropped"]);
  });

  test("labels that Bedrock takes, and no others", () => {
    const { body, changes } = sendChat({ metadata: { team: "blue", note: "what?" } });
    expect(body["requestMetadata"]).toEqual({ team: "blue" });
    expect(changes).toEqual(["metadata.note dropped"]);
  });
});

describe("answers that match a schema", () => {
  const schema = { type: "object", properties: { name: { type: "string" } }, required: ["name"] };
  const response_format = { type: "json_schema", json_schema: { name: "person", schema } };

  test("are asked for as such where the model takes one, its objects closed for Claude", () => {
    const { body, changes } = sendChat({ response_format }, claude45);
    const { textFormat } = body["outputConfig"] as { textFormat: { structure: { jsonSchema: { schema: string } } } };
    expect(JSON.parse(textFormat.structure.jsonSchema.schema)).toEqual({ ...schema, additionalProperties: false });
    expect(changes).toEqual(["response_format converted"]);
    expect(sendChat({ response_format }, "openai.gpt-oss-120b-1:0").changes).toEqual([]);
  });

  test("are a tool's arguments where it does not", () => {
    const { body, changes } = sendChat({ response_format });
    expect(body["toolConfig"]).toMatchObject({
      tools: [{ toolSpec: { name: "sluice_json_answer", inputSchema: { json: schema } } }],
      toolChoice: { tool: { name: "sluice_json_answer" } },
    });
    expect(changes).toEqual(["response_format converted"]);
  });

  test("stand beside the request's own tools, of which one must be called", () => {
    const tools = [{ type: "function", function: { name: "look", parameters: { type: "object" } } }];
    const { body } = sendChat({ response_format, tools });
    expect(body["toolConfig"]).toMatchObject({
      tools: [{ toolSpec: { name: "look" } }, { toolSpec: { name: "sluice_json_answer" } }],
      toolChoice: { any: {} },
    });
  });

  test("keep Claude from thinking, which it does not while it must call a tool", () => {
    const { body, changes } = sendChat({ response_format, reasoning_effort: "high" });
    expect(body["toolConfig"]).toMatchObject({ toolChoice: { tool: { name: "sluice_json_answer" } } });
    expect(body["additionalModelRequestFields"] ?? {}).not.toHaveProperty("thinking.budget_tokens");
    expect(changes).toContain("reasoning_effort dropped");
  });

  test("are refused where neither can be", () => {
    expect(sendChat({ response_format }, "meta.llama3-1-8b-instruct-v1:0").refused).toMatchObject({
      parameter: "response_format",
    });
    const list = { type: "json_schema", json_schema: { name: "list", schema: { type: "array" } } };
    expect(sendChat({ response_format: list }).refused).toMatchObject({ parameter: "response_format" });
  });

  test("any JSON object is not asked for: Bedrock has no form for it", () => {
    expect(sendChat({ response_format: { type: "json_object" } }).changes).toEqual(["response_format dropped"]);
  });
});
