import { describe, expect, it } from "vitest";
import { findAnthropicModel } from "./anthropic-models.ts";
import { sealThinking, signThinking } from "./thinking-signature.ts";
import { type AnthropicVersion, validateMessages } from "./validate-anthropic.ts";

const TOOL = { name: "get", input_schema: { type: "object" } };
const use = { type: "tool_use", id: "toolu_1", name: "get", input: {} };
const result = { type: "tool_result", tool_use_id: "toolu_1", content: "x" };
const user = { role: "user", content: "hi" };
const asks = { role: "assistant", content: [use] };
const budget = { thinking: { type: "enabled", budget_tokens: 1024 }, max_tokens: 2000 };

function complaint(more: object, model = "claude-haiku-4-5", version: AnthropicVersion = "2023-06-01") {
  const body = { model, max_tokens: 10, messages: [user], ...more };
  const options = { version, model: findAnthropicModel(model), modelName: model, beta: false, counting: false };
  return validateMessages(body, options)?.message;
}

describe("validateMessages", () => {
  it.each([
    ["a plain request", {}],
    ["two user messages in a row", { messages: [user, user] }],
    ["a prefill", { messages: [user, { role: "assistant", content: "So" }] }],
    [
      "a tool conversation",
      { messages: [user, asks, { role: "user", content: [result, { type: "text", text: "go" }] }], tools: [TOOL] },
    ],
    [
      "results in two messages",
      {
        messages: [
          user,
          { role: "assistant", content: [use, { ...use, id: "toolu_2" }] },
          { role: "user", content: [result] },
          { role: "user", content: [{ ...result, tool_use_id: "toolu_2" }] },
        ],
      },
    ],
    ["sampling", { temperature: 0.2, top_k: 3 }],
    [
      "a signed thought",
      {
        ...budget,
        messages: [
          user,
          { role: "assistant", content: [{ type: "thinking", thinking: "a", signature: signThinking("a") }, use] },
          { role: "user", content: [result] },
        ],
      },
    ],
    [
      "a redacted thought",
      {
        ...budget,
        messages: [
          user,
          { role: "assistant", content: [{ type: "redacted_thinking", data: sealThinking("a") }, use] },
          { role: "user", content: [result] },
        ],
      },
    ],
    [
      "a second call of one turn without its own thought",
      {
        ...budget,
        messages: [
          user,
          { role: "assistant", content: [{ type: "thinking", thinking: "a", signature: signThinking("a") }, use] },
          { role: "user", content: [result] },
          { role: "assistant", content: [{ ...use, id: "toolu_2" }] },
          { role: "user", content: [{ ...result, tool_use_id: "toolu_2" }] },
        ],
      },
    ],
  ])("accepts %s", (_, more) => {
    expect(complaint(more)).toBeUndefined();
  });

  it.each([
    ["a call left open", { messages: [user, asks] }, "messages.1: `tool_use` ids were found without `tool_result`"],
    [
      "text before the results",
      { messages: [user, asks, { role: "user", content: [{ type: "text", text: "x" }, result] }] },
      "without `tool_result` blocks immediately after",
    ],
    [
      "a result twice",
      { messages: [user, asks, { role: "user", content: [result, result] }] },
      "Found multiple `tool_result` blocks with id: toolu_1",
    ],
    [
      "an id with a colon",
      { messages: [user, { role: "assistant", content: [{ ...use, id: "call:1" }] }] },
      "String should match pattern '^[a-zA-Z0-9_-]+$'",
    ],
    [
      "arguments as text",
      { messages: [user, { role: "assistant", content: [{ ...use, input: "{}" }] }] },
      "Input should be a valid dictionary",
    ],
    [
      "a field of an answer",
      { messages: [user, { role: "assistant", content: [{ type: "text", text: "x", parsed_output: null }] }] },
      "messages.1.content.0.text.parsed_output: Extra inputs are not permitted",
    ],
    [
      "an OpenAI part",
      { messages: [{ role: "user", content: [{ type: "image_url", image_url: {} }] }] },
      "Input tag 'image_url' found",
    ],
    [
      "a call by the user",
      { messages: [{ role: "user", content: [use] }] },
      "`tool_use` blocks are not allowed in `user` messages",
    ],
    [
      "an image with a data URL",
      {
        messages: [
          {
            role: "user",
            content: [
              { type: "image", source: { type: "base64", media_type: "image/png", data: "data:image/png;base64,AA" } },
            ],
          },
        ],
      },
      "Invalid base64 data",
    ],
    [
      "an image type it does not take",
      {
        messages: [
          {
            role: "user",
            content: [{ type: "image", source: { type: "base64", media_type: "image/bmp", data: "AA" } }],
          },
        ],
      },
      "media_type",
    ],
    ["empty content", { messages: [{ role: "user", content: [] }] }, "must have non-empty content"],
    ["trailing space in a prefill", { messages: [user, { role: "assistant", content: "So " }] }, "trailing whitespace"],
    ["a small budget", { thinking: { type: "enabled", budget_tokens: 5 } }, "greater than or equal to 1024"],
    [
      "a budget over the limit",
      { ...budget, max_tokens: 1024 },
      "`max_tokens` must be greater than `thinking.budget_tokens`",
    ],
    ["heat while thinking", { ...budget, temperature: 0.5 }, "may only be set to 1 when thinking is enabled"],
    [
      "a thought of another signature",
      { messages: [user, { role: "assistant", content: [{ type: "thinking", thinking: "a", signature: "b" }] }, user] },
      "messages.1.content.0: Invalid `signature` in `thinking` block",
    ],
    [
      "a tool result answered without thought",
      { ...budget, messages: [user, asks, { role: "user", content: [result] }] },
      "Expected `thinking` or `redacted_thinking`, but found `tool_use`",
    ],
    [
      "OpenAI tools",
      { tools: [{ type: "function", function: { name: "get" } }, { function: {} }] },
      "tools.1.custom.name: Field required",
    ],
    ["two tools of one name", { tools: [TOOL, TOOL] }, "Tool names must be unique"],
    ["a choice without tools", { tool_choice: { type: "auto" } }, "may only be specified while providing tools"],
    [
      "five cache marks",
      { system: Array.from({ length: 5 }, () => ({ type: "text", text: "x", cache_control: { type: "ephemeral" } })) },
      "A maximum of 4 blocks with cache_control may be provided. Found 5.",
    ],
    ["two sampling temperatures", { temperature: 1.5 }, "temperature: range: 0..1"],
  ])("refuses %s", (_, more, words) => {
    expect(complaint(more)).toContain(words);
  });

  it("knows what newer models do not take, and what they do", () => {
    expect(complaint({ temperature: 0.3 }, "claude-sonnet-5")).toBe("`temperature` is deprecated for this model.");
    const both = { temperature: 0.3, top_p: 0.9 };
    expect(complaint(both, "claude-haiku-4-5")).toContain("`temperature` and `top_p` cannot both be specified");
    expect(complaint(both, "claude-3-5-haiku-latest")).toBeUndefined();
    expect(complaint({ messages: [user, { role: "assistant", content: "x" }] }, "claude-opus-4-8")).toContain(
      "Prefilling",
    );
    expect(complaint({ thinking: { type: "disabled" } }, "claude-opus-5-5")).toContain(
      '"thinking.type.disabled" is not supported',
    );
    expect(complaint({ thinking: { type: "disabled" } }, "claude-opus-5")).toBeUndefined();
    expect(complaint({ output_config: { effort: "xhigh" } }, "claude-opus-4-6")).toContain(
      "Supported levels: high, low",
    );
    expect(complaint({ output_config: { effort: "low" } })).toContain("does not support the effort parameter");
    expect(complaint({ output_config: { effort: "xhigh" } }, "claude-opus-5")).toBeUndefined();
    expect(complaint({ tools: [TOOL], tool_choice: { type: "any" } }, "claude-sonnet-5-5")).toContain(
      "forces tool use",
    );
    expect(complaint({ messages: [user, { role: "system", content: "now" }] }, "claude-opus-5")).toBeUndefined();
    expect(complaint({ messages: [user, { role: "system", content: "now" }] }, "claude-opus-4-6")).toContain(
      "Unexpected role",
    );
  });

  it("knows what version 2026-10-21 takes away from every model", () => {
    const strict = (more: object) => complaint(more, "claude-haiku-4-5", "2026-10-21");
    expect(strict({ temperature: 1 })).toBe("temperature: Extra inputs are not permitted");
    const document = { type: "document", source: { type: "text", media_type: "text/plain", data: "x" } };
    const quoted = { messages: [user, { role: "assistant", content: [document] }, user] };
    expect(strict(quoted)).toContain("not allowed in `assistant` messages");
    expect(complaint(quoted)).toBeUndefined();
    const cited = { messages: [{ role: "user", content: [{ type: "text", text: "x", citations: [{}] }] }] };
    expect(strict(cited)).toContain("citations: Extra inputs are not permitted");
    expect(complaint(cited)).toBeUndefined();
  });
});
