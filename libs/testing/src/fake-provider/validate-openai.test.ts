import { describe, expect, it } from "vitest";
import { findOpenaiModel } from "./openai-models.ts";
import { validateChat } from "./validate-openai.ts";

const CALL = { id: "call_1", type: "function", function: { name: "get", arguments: "{}" } };
const TOOL = { type: "function", function: { name: "get", parameters: { type: "object", properties: {} } } };
const user = { role: "user", content: "hi" };
const asks = { role: "assistant", content: null, tool_calls: [CALL] };
const answers = { role: "tool", tool_call_id: "call_1", content: "x" };

function complaint(more: object, model = "gpt-4o"): string | undefined {
  return validateChat({ model, messages: [user], ...more }, findOpenaiModel(model))?.message;
}

describe("validateChat", () => {
  it.each([
    ["a plain request", {}],
    ["a tool conversation", { messages: [user, asks, answers, { role: "assistant", content: "done" }], tools: [TOOL] }],
    [
      "parts",
      {
        messages: [
          {
            role: "user",
            content: [
              { type: "text", text: "x" },
              { type: "image_url", image_url: { url: "https://x/y.png" } },
            ],
          },
        ],
      },
    ],
    ["nulls for the absent", { temperature: null, stop: null, tools: null, stream: null, max_tokens: null }],
    ["a developer message", { messages: [{ role: "developer", content: "x" }, user] }],
    ["a forced tool", { tools: [TOOL], tool_choice: { type: "function", function: { name: "get" } } }],
  ])("accepts %s", (_, more) => {
    expect(complaint(more)).toBeUndefined();
  });

  it.each([
    ["an unanswered call", { messages: [user, asks, user] }, "did not have response messages: call_1"],
    ["an unanswered call at the end", { messages: [user, asks] }, "did not have response messages: call_1"],
    [
      "an answer to another call",
      { messages: [user, asks, { ...answers, tool_call_id: "call_2" }] },
      "not found in 'tool_calls'",
    ],
    ["a second answer", { messages: [user, asks, answers, answers] }, "not found in 'tool_calls'"],
    [
      "an id too long",
      { messages: [user, { ...asks, tool_calls: [{ ...CALL, id: "x".repeat(41) }] }] },
      "maximum length 40",
    ],
    [
      "arguments as an object",
      { messages: [user, { ...asks, tool_calls: [{ ...CALL, function: { name: "get", arguments: {} } }] }] },
      "expected a string, but got an object",
    ],
    [
      "an Anthropic part",
      { messages: [{ role: "user", content: [{ type: "tool_result", tool_use_id: "x" }] }] },
      "Invalid value: 'tool_result'",
    ],
    [
      "an image of the assistant",
      { messages: [{ role: "assistant", content: [{ type: "image_url", image_url: { url: "https://x" } }] }] },
      "Invalid value: 'image_url'",
    ],
    ["no content", { messages: [{ role: "user" }] }, "Missing required parameter: 'messages[0].content'"],
    ["null content", { messages: [{ role: "user", content: null }] }, "expected a string, got null"],
    ["a role unknown", { messages: [{ role: "model", content: "x" }] }, "Invalid value: 'model'"],
    [
      "an Anthropic tool",
      { tools: [{ name: "get", input_schema: {} }] },
      "Missing required parameter: 'tools[0].type'",
    ],
    ["a tool name with dots", { tools: [{ type: "function", function: { name: "a.b" } }] }, "does not match pattern"],
    [
      "a loose strict schema",
      {
        tools: [
          {
            type: "function",
            function: { name: "a", strict: true, parameters: { type: "object", properties: { x: {} }, required: [] } },
          },
        ],
      },
      "'additionalProperties' is required",
    ],
    ["a choice without tools", { tool_choice: "auto" }, "only allowed when 'tools' are specified"],
    ["five stops", { stop: ["a", "b", "c", "d", "e"] }, "maximum length 4"],
    ["both limits", { max_tokens: 1, max_completion_tokens: 1 }, "at the same time"],
    [
      "effort on a model that does not reason",
      { reasoning_effort: "low" },
      "Unrecognized request argument supplied: reasoning_effort",
    ],
  ])("refuses %s", (_, more, words) => {
    expect(complaint(more)).toContain(words);
  });

  it("knows what reasoning models do not take", () => {
    expect(complaint({ max_tokens: 1 }, "o3-mini")).toContain("max_completion_tokens");
    expect(complaint({ temperature: 0 }, "gpt-5")).toContain("Only the default (1) value");
    expect(complaint({ temperature: 1, top_p: 1 }, "gpt-5")).toBeUndefined();
    expect(complaint({ stop: "x" }, "gpt-5")).toContain("'stop' is not supported with this model");
    expect(complaint({ temperature: 0.5, reasoning_effort: "none" }, "gpt-5.5")).toBeUndefined();
    expect(complaint({ reasoning_effort: "minimal" }, "o3")).toContain(
      "'reasoning_effort' does not support 'minimal' with this model. Supported values are: 'low', 'medium', and 'high'.",
    );
    expect(complaint({ temperature: 0.5 }, "gpt-5.1")).toBeUndefined();
    expect(complaint({ temperature: 0.5, max_tokens: 3 }, "gpt-5-chat-latest")).toBeUndefined();
    expect(complaint({ tools: [TOOL] }, "gpt-6-luna")).toContain("use /v1/responses or set reasoning_effort to 'none'");
    expect(complaint({ tools: [TOOL], reasoning_effort: "none" }, "gpt-6-luna")).toBeUndefined();
  });
});
