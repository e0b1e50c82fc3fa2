import { describe, expect, it } from "vitest";
import { countChatInputTokens, countEmbeddingTokens, countMessagesInputTokens, countTokens } from "./token-count.ts";

describe("the counting rule", () => {
  it("is a token per started four characters", () => {
    expect(["", "a", "abcd", "abcde"].map(countTokens)).toEqual([0, 1, 1, 2]);
  });

  it("counts OpenAI and Anthropic forms of one conversation alike", () => {
    const chat = {
      messages: [
        { role: "system", content: "be brief" },
        {
          role: "user",
          content: [
            { type: "text", text: "weather?" },
            { type: "image_url", image_url: { url: "x" } },
          ],
        },
        {
          role: "assistant",
          content: null,
          tool_calls: [{ id: "c", type: "function", function: { name: "get", arguments: '{"a":1}' } }],
        },
        { role: "tool", tool_call_id: "c", content: "sunny" },
      ],
    };
    const messages = {
      system: "be brief",
      messages: [
        {
          role: "user",
          content: [
            { type: "text", text: "weather?" },
            { type: "image", source: {} },
          ],
        },
        {
          role: "assistant",
          content: [
            { type: "thinking", thinking: "free of charge", signature: "s" },
            { type: "tool_use", id: "c", name: "get", input: { a: 1 } },
          ],
        },
        { role: "user", content: [{ type: "tool_result", tool_use_id: "c", content: "sunny" }] },
      ],
    };
    const characters = "be briefweather?get{}sunny".length + '"a":1'.length + 400;
    expect(countChatInputTokens(chat)).toBe(Math.ceil(characters / 4));
    expect(countMessagesInputTokens(messages)).toBe(countChatInputTokens(chat));
  });

  it("counts tools by their JSON, and at least one token", () => {
    const tools = [{ name: "x" }];
    expect(countChatInputTokens({ tools })).toBe(Math.ceil(JSON.stringify(tools).length / 4));
    expect(countMessagesInputTokens({})).toBe(1);
  });

  it("counts embedding inputs, texts and tokens", () => {
    expect([countEmbeddingTokens("abcde"), countEmbeddingTokens([1, 2, 3]), countEmbeddingTokens(["a", "b"])]).toEqual([
      2, 3, 2,
    ]);
    expect(countEmbeddingTokens([[1, 2], [3]])).toBe(3);
  });
});
