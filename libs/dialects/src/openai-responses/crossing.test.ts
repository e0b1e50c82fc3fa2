import { describe, expect, test } from "vitest";
import { readReply, readStreamReply } from "../../tests/openai-reply.ts";
import { decodeStream, encoderOptions, encodeStream, readSse } from "../../tests/streams.ts";
import { readTestdata, readTestdataJson } from "../../tests/testdata.ts";
import { anthropicMessages } from "../anthropic-messages/index.ts";
import type { Dialect, JsonObject } from "../dialect.ts";
import { arrayOf, isObject, objectOf } from "../json.ts";
import { openaiChat } from "../openai-chat/index.ts";
import { openaiResponses } from "./index.ts";

/** What a provider gets of a client's request. */
function send(from: Dialect, to: Dialect, body: JsonObject, model: string): JsonObject {
  const decoded = from.decodeRequest({ model: "chat", ...body });
  if (decoded.kind === "invalid") throw new Error(decoded.problem.message);
  const encoded = to.encodeRequest(decoded.value, { model, stream: false, defaultMaxOutputTokens: 100 });
  if (encoded.kind === "refused") throw new Error(encoded.problem.message);
  return encoded.body;
}

/** What a client gets of a provider's whole answer, and of its stream. */
function tell(
  from: Dialect,
  to: Dialect,
  folder: string,
  name: string,
): { readonly whole: JsonObject; readonly stream: string } {
  const decoded = from.decodeResponse(readTestdataJson(`made/${folder}/${name}.response.json`));
  if (decoded.kind !== "response") throw new Error(decoded.kind);
  const events = decodeStream(from, readSse([readTestdata(`made/${folder}/${name}.stream.sse`)]));
  return { whole: to.encodeResponse(decoded.response, encoderOptions).body, stream: encodeStream(to, events) };
}

/** The items of a response that came as a stream: as OpenAI's clients keep them, from the events in which they are done. */
function itemsOf(stream: string): readonly JsonObject[] {
  return readSse([Buffer.from(stream)]).flatMap(({ event, data }) => {
    const item = event === "response.output_item.done" ? objectOf(JSON.parse(data))?.["item"] : undefined;
    return isObject(item) ? [item] : [];
  });
}

describe("thinking of Anthropic's, told to a client of Responses", () => {
  const answer = readTestdataJson("made/anthropic-messages/thinking.response.json");
  const told = tell(anthropicMessages, openaiResponses, "anthropic-messages", "thinking");
  const back = (items: readonly unknown[]) => {
    const input = [{ role: "user", content: "?" }, ...items, { role: "user", content: "!" }] as never;
    const body = send(openaiResponses, anthropicMessages, { input, max_output_tokens: 100 }, "claude-sonnet-4-5");
    return (arrayOf(body["messages"])[1] as JsonObject)["content"];
  };

  test("returns to Anthropic byte for byte from a whole answer", () => {
    expect(back(arrayOf(told.whole["output"]))).toEqual(answer["content"]);
  });

  test("returns to Anthropic byte for byte from a stream", () => {
    expect(back(itemsOf(told.stream))).toEqual([
      { type: "thinking", thinking: "It is warm.", signature: "c2lnbmF0dXJl" },
      { type: "redacted_thinking", data: "b3BhcXVl" },
      { type: "thinking", thinking: "", signature: "b21pdHRlZA==" },
      { type: "text", text: "18 °C." },
    ]);
  });

  test("returns where a client keeps no ids, as Codex does", () => {
    const items = arrayOf(told.whole["output"]).map((item) => {
      const { id: _, status: __, ...rest } = item as JsonObject;
      return rest;
    });
    expect(back(items)).toEqual(answer["content"]);
  });
});

describe("reasoning that OpenAI encrypted, told to", () => {
  const item = {
    type: "reasoning",
    id: "rs_1",
    summary: [
      { type: "summary_text", text: "**Looking** at it." },
      { type: "summary_text", text: "**Deciding**." },
    ],
    encrypted_content: "gAAAAABo-opaque",
  };
  const reasoningIn = (body: JsonObject) =>
    arrayOf(body["input"]).filter((one) => objectOf(one)?.["type"] === "reasoning");

  test("a client of Anthropic's: returns as it was", () => {
    const told = tell(openaiResponses, anthropicMessages, "openai-responses", "tools");
    const results = ["call_1", "call_2", "call_3"].map((id) => ({
      type: "tool_result",
      tool_use_id: id,
      content: "ok",
    }));
    const messages = [
      { role: "user", content: "?" },
      { role: "assistant", content: told.whole["content"] },
      { role: "user", content: results },
    ];
    const body = send(anthropicMessages, openaiResponses, { messages, max_tokens: 100 } as never, "gpt-5.5");
    expect(reasoningIn(body)).toEqual([item]);
  });

  test.each([
    ["whole", (told: ReturnType<typeof tell>) => readReply(told.whole)],
    ["streamed", (told: ReturnType<typeof tell>) => readStreamReply(told.stream)],
  ])("a client of Chat Completions: returns as it was, %s", (_how, read) => {
    const reply = read(tell(openaiResponses, openaiChat, "openai-responses", "tools"));
    const messages = [
      { role: "user", content: "?" },
      { role: "assistant", content: reply.text, reasoning_content: reply.reasoning, reasoning_details: reply.details },
      { role: "user", content: "!" },
    ];
    const body = send(openaiChat, openaiResponses, { messages } as never, "gpt-5.5");
    expect(reasoningIn(body)).toEqual([item]);
  });
});

test("reasoning of DeepSeek's comes back to it as it was", () => {
  const decoded = openaiChat.decodeResponse({
    id: "1",
    object: "chat.completion",
    model: "deepseek-reasoner",
    choices: [
      { index: 0, message: { role: "assistant", content: "4", reasoning_content: "Easy." }, finish_reason: "stop" },
    ],
  });
  if (decoded.kind !== "response") throw new Error(decoded.kind);
  const output = openaiResponses.encodeResponse(decoded.response, encoderOptions).body["output"];
  const input = [{ role: "user", content: "2+2?" }, ...arrayOf(output), { role: "user", content: "Sure?" }];
  const body = send(openaiResponses, openaiChat, { input }, "deepseek-reasoner");
  expect(arrayOf(body["messages"])[1]).toEqual({ role: "assistant", content: "4", reasoning_content: "Easy." });
});

test("a request with no free-text tool crosses to Anthropic, and its calls come back as free text", () => {
  const decoded = openaiResponses.decodeRequest({
    model: "chat",
    input: "Patch it.",
    tools: [{ type: "custom", name: "apply_patch" }],
  });
  if (decoded.kind === "invalid") throw new Error(decoded.problem.message);
  const encoded = anthropicMessages.encodeRequest(decoded.value, {
    model: "claude-sonnet-4-5",
    stream: false,
    defaultMaxOutputTokens: 100,
  });
  if (encoded.kind === "refused") throw new Error(encoded.problem.message);
  expect(encoded.customTools).toEqual(["apply_patch"]);
});
