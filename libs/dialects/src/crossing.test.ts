import { describe, expect, test } from "vitest";
import { readReply, readStreamReply } from "../tests/openai-reply.ts";
import { decodeStream, encodeStream, readSse } from "../tests/streams.ts";
import { readTestdata, readTestdataJson } from "../tests/testdata.ts";
import type { JsonObject, JsonValue } from "./dialect.ts";
import { dialectByName, dialects } from "./dialects.ts";

const openai = dialects["openai.chat"];
const anthropic = dialects["anthropic.messages"];
const options = { fallbackId: "fallback-id", fallbackCreatedSeconds: 1_790_000_000 };

/** The assistant's turn of a reply, sent back in the next request of an OpenAI client, as Anthropic gets it. */
function sendBack(assistant: JsonObject): JsonValue | undefined {
  const decoded = openai.decodeRequest({
    model: "chat",
    max_tokens: 100,
    messages: [{ role: "user", content: "?" }, assistant, { role: "user", content: "!" }],
  });
  if (decoded.kind === "invalid") throw new Error(decoded.problem.message);
  const encoded = anthropic.encodeRequest(decoded.value, {
    model: "claude-sonnet-4-5",
    stream: false,
    defaultMaxOutputTokens: 100,
  });
  if (encoded.kind === "refused") throw new Error(encoded.problem.message);
  const messages = encoded.body["messages"] as readonly JsonObject[];
  return messages[1]?.["content"];
}

describe("thinking of Anthropic's, told to an OpenAI client", () => {
  test("returns to Anthropic byte for byte from a whole answer", () => {
    const body = readTestdataJson("made/anthropic-messages/thinking.response.json");
    const decoded = anthropic.decodeResponse(body);
    if (decoded.kind !== "response") throw new Error(decoded.kind);
    const told = openai.encodeResponse(decoded.response, options).body;
    const message = (told["choices"] as readonly JsonObject[])[0]?.["message"] as JsonObject;
    expect(readReply(told).details).toHaveLength(2);
    expect(sendBack(message)).toEqual(body["content"]);
  });

  test("returns to Anthropic byte for byte from a stream", () => {
    const events = decodeStream(anthropic, readSse([readTestdata("made/anthropic-messages/thinking.stream.sse")]));
    const reply = readStreamReply(encodeStream(openai, events));
    const assistant = {
      role: "assistant",
      content: reply.text,
      reasoning_content: reply.reasoning,
      reasoning_details: reply.details,
    };
    expect(sendBack(assistant)).toEqual([
      { type: "thinking", thinking: "It is warm.", signature: "c2lnbmF0dXJl" },
      { type: "redacted_thinking", data: "b3BhcXVl" },
      { type: "thinking", thinking: "", signature: "b21pdHRlZA==" },
      { type: "text", text: "18 °C." },
    ]);
  });
});

describe("reasoning of DeepSeek's, told to an Anthropic client", () => {
  test("returns to DeepSeek as it came", () => {
    const decoded = openai.decodeResponse({
      id: "1",
      object: "chat.completion",
      model: "deepseek-reasoner",
      choices: [
        { index: 0, message: { role: "assistant", content: "4", reasoning_content: "Easy." }, finish_reason: "stop" },
      ],
    });
    if (decoded.kind !== "response") throw new Error(decoded.kind);
    const told = anthropic.encodeResponse(decoded.response, options).body;
    const next = anthropic.decodeRequest({
      model: "chat",
      max_tokens: 100,
      messages: [
        { role: "user", content: "2+2?" },
        { role: "assistant", content: told["content"] },
        { role: "user", content: "Sure?" },
      ],
    });
    if (next.kind === "invalid") throw new Error(next.problem.message);
    const encode = (historyReasoning: "send" | "omit") => {
      const encoded = openai.encodeRequest(next.value, {
        model: "deepseek-reasoner",
        stream: false,
        defaultMaxOutputTokens: 100,
        historyReasoning,
      });
      if (encoded.kind === "refused") throw new Error(encoded.problem.message);
      const changes = encoded.changes.map(({ parameter }) => parameter);
      return { assistant: (encoded.body["messages"] as readonly JsonObject[])[1], changes };
    };
    expect(encode("send")).toEqual({
      assistant: { role: "assistant", content: "4", reasoning_content: "Easy." },
      changes: [],
    });
    expect(encode("omit")).toEqual({
      assistant: { role: "assistant", content: "4" },
      changes: ["messages[1].reasoning"],
    });
  });
});

test("a typed client's extension cannot set what the hub governs", () => {
  const decoded = openai.decodeRequest({ model: "cheap", messages: [{ role: "user", content: "x" }], max_tokens: 5 });
  if (decoded.kind === "invalid") throw new Error(decoded.problem.message);
  const json: Readonly<Record<string, string>> = {
    model: '"expensive"',
    max_tokens: "100000",
    n: "99",
    verbosity: '"low"',
  };
  const extensions = Object.entries(json).map(([field, value]) => ({
    $typeName: "sluice.chat.v1.Extension" as const,
    dialect: "openai.chat",
    field,
    json: value,
  }));
  const encoded = openai.encodeRequest(
    { ...decoded.value, extensions },
    { model: "cheap", stream: false, defaultMaxOutputTokens: 1 },
  );
  if (encoded.kind === "refused") throw new Error(encoded.problem.message);
  expect(encoded.body).toMatchObject({ model: "cheap", max_completion_tokens: 5, verbosity: "low" });
  expect(encoded.body).not.toHaveProperty("n");
  expect(encoded.body).not.toHaveProperty("max_tokens");
  expect(encoded.changes.map(({ parameter }) => parameter)).toEqual(["model", "max_tokens", "n"]);
});

test("dialectByName", () => {
  expect(dialectByName("openai.chat")).toBe(openai);
  expect(dialectByName("toString")).toBeUndefined();
  for (const [name, dialect] of Object.entries(dialects)) expect(dialect.name).toBe(name);
});
