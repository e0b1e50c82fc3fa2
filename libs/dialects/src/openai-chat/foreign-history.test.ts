import { expect, test } from "vitest";
import { holdsForeignHistory } from "./foreign-history.ts";

const bytesOf = (message: object) => Buffer.from(JSON.stringify({ messages: [{ role: "assistant", ...message }] }));

const claudes = bytesOf({
  reasoning_details: [{ type: "reasoning.text", signature: "s", format: "anthropic-claude-v1" }],
});
const googles = bytesOf({ tool_calls: [{ id: "a", extra_content: { google: { thought_signature: "s" } } }] });

test.each([
  ["what Claude signed, to GPT", claudes, "gpt-5.5", true],
  ["what Claude signed, to Gemini", claudes, "google/gemini-3-pro", true],
  ["what Claude signed, to Claude", claudes, "anthropic/claude-sonnet-5", false],
  ["what Google signed, to GPT", googles, "gpt-5.5", true],
  ["what Google signed, to Gemini", googles, "gemini-3-pro-preview", false],
  ["what Google signed, to a model of nobody that is known", googles, "my-own-model", false],
  ["what nobody signed", bytesOf({ content: "Hi", reasoning_content: "Well" }), "gpt-5.5", false],
])("%s", (_what, bytes, model, isForeign) => {
  expect(holdsForeignHistory(bytes, model)).toBe(isForeign);
});
