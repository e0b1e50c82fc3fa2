import { ToolChoiceMode } from "@sluice/api/sluice/chat/v1/chat_request";
import { Role } from "@sluice/api/sluice/chat/v1/content";
import { describe, expect, test } from "vitest";
import type { JsonObject } from "../dialect.ts";
import { readExtension } from "../extension.ts";
import { openaiChat } from "./index.ts";

const messages = [{ role: "user", content: "Hi" }];

function decode(body: JsonObject) {
  const decoded = openaiChat.decodeRequest({ model: "chat", messages, ...body });
  if (decoded.kind === "invalid") throw new Error(`${decoded.problem.parameter}: ${decoded.problem.message}`);
  return decoded.value;
}

function problem(body: JsonObject): string {
  const decoded = openaiChat.decodeRequest({ model: "chat", messages, ...body });
  return decoded.kind === "invalid" ? decoded.problem.parameter : "";
}

function noteOf(body: JsonObject, field: string) {
  return readExtension(decode(body).extensions, "openai.chat", field);
}

describe("parameters", () => {
  test("have their places, null is absent", () => {
    expect(decode({ temperature: null, stop: null, n: null, tools: null, metadata: null })).toEqual(decode({}));
    expect(decode({ stop: "END" }).stopSequences).toEqual(["END"]);
    expect(decode({ max_completion_tokens: 5 }).maxOutputTokens).toBe(5);
    expect(decode({ seed: -5 }).seed).toBe(-5n);
    expect(decode({ top_k: 4 }).topK).toBe(4);
    expect(decode({ top_k: -1 }).topK).toBeUndefined();
    expect(decode({ safety_identifier: "u" }).endUser).toBe("u");
    expect(decode({ reasoning_effort: "low" }).reasoning).toMatchObject({ effort: "low" });
    expect(decode({ reasoning: { max_tokens: 9, enabled: true } }).reasoning).toMatchObject({
      budgetTokens: 9,
      enabled: true,
    });
  });

  test("note how they were written", () => {
    expect(noteOf({ max_tokens: 5 }, "#max_output_tokens")).toBe("max_tokens");
    expect(noteOf({ max_tokens: 5, max_completion_tokens: 5 }, "#max_output_tokens")).toBe("both");
    expect(noteOf({ max_completion_tokens: 5 }, "#max_output_tokens")).toBeUndefined();
    expect(noteOf({ functions: [{ name: "f" }] }, "#functions")).toBe(true);
  });

  test("keep what the hub has no place for", () => {
    expect(noteOf({ verbosity: "low" }, "verbosity")).toBe("low");
    expect(noteOf({ metadata: { a: 1 } }, "metadata")).toEqual({ a: 1 });
    expect(noteOf({ stream_options: { include_usage: true, include_obfuscation: false } }, "stream_options")).toEqual({
      include_obfuscation: false,
    });
    expect(noteOf({ stream_options: { include_usage: true } }, "stream_options")).toBeUndefined();
    const allowed = { type: "allowed_tools", allowed_tools: { mode: "required", tools: [] } };
    expect(noteOf({ tool_choice: allowed }, "tool_choice")).toEqual(allowed);
    expect(decode({ tool_choice: allowed }).toolChoice?.mode).toBe(ToolChoiceMode.REQUIRED);
  });

  test.each<readonly [JsonObject, string]>([
    [{ temperature: 3 }, "temperature"],
    [{ top_p: 1.5 }, "top_p"],
    [{ stop: 5 }, "stop"],
    [{ stop: ["a", 5] }, "stop"],
    [{ seed: 1.5 }, "seed"],
    [{ logit_bias: { a: "x" } }, "logit_bias.a"],
    [{ response_format: "json" }, "response_format"],
    [{ response_format: { type: "json_schema" } }, "response_format.json_schema"],
    [{ tool_choice: "maybe" }, "tool_choice"],
    [{ tool_choice: { type: "function" } }, "tool_choice.function.name"],
    [{ tools: [{ type: "function" }] }, "tools[0].function"],
    [{ tools: [{ type: "function", function: { name: "" } }] }, "tools[0].function.name"],
    [{ tools: [{ type: "function", function: { name: "f", parameters: "x" } }] }, "tools[0].function.parameters"],
    [{ modalities: "text" }, "modalities"],
    [{ parallel_tool_calls: "no" }, "parallel_tool_calls"],
  ])("%j is refused", (body, parameter) => {
    expect(problem(body)).toBe(parameter);
  });
});

describe("messages", () => {
  test("data URLs become bytes, other addresses stay", () => {
    const content = [
      { type: "image_url", image_url: { url: "data:image/png;base64,AQID", detail: "low" } },
      { type: "image_url", image_url: "https://example.org/a.png" },
      { type: "input_audio", input_audio: { data: "AQID", format: "mp3" } },
      { type: "file", file: { filename: "a.pdf", file_data: "data:application/pdf;base64,AQID" } },
      { type: "video_url", video_url: { url: "https://example.org/a.mp4" } },
    ];
    const parts = decode({ messages: [{ role: "user", content }] }).messages[0]?.parts ?? [];
    expect(parts.map(({ kind }) => kind.case)).toEqual(["image", "image", "audio", "document", "opaque"]);
    expect(parts[0]?.kind.value).toMatchObject({
      detail: "low",
      media: { mediaType: "image/png", source: { case: "inlineData" } },
    });
    expect(parts[1]?.kind.value).toMatchObject({
      media: { source: { case: "url", value: "https://example.org/a.png" } },
    });
    expect(parts[2]?.kind.value).toMatchObject({ media: { mediaType: "audio/mpeg" } });
    expect(parts[3]?.kind.value).toMatchObject({ media: { filename: "a.pdf", mediaType: "application/pdf" } });
    const broken = [{ type: "image_url", image_url: { url: "data:image/png;base64,$" } }];
    expect(problem({ messages: [{ role: "user", content: broken }] })).toBe("messages[0].content[0].image_url.url");
  });

  test("both marks of the prompt cache are read, and return as they came", () => {
    const content = [
      { type: "text", text: "a", cache_control: { type: "ephemeral", ttl: "1h" } },
      { type: "text", text: "b", prompt_cache_breakpoint: { mode: "explicit", ttl: "12h" } },
    ];
    const request = decode({ messages: [{ role: "user", content }] });
    expect(request.messages[0]?.parts.map(({ cacheControl }) => cacheControl?.ttl)).toEqual(["1h", "1h"]);
    const encoded = openaiChat.encodeRequest(request, { model: "m", stream: false, defaultMaxOutputTokens: 1 });
    expect(encoded.kind === "encoded" && encoded.body["messages"]).toEqual([{ role: "user", content }]);
  });

  test("results of the deprecated form find their calls", () => {
    const { messages: decoded } = decode({
      messages: [
        ...messages,
        { role: "assistant", content: null, function_call: { name: "f", arguments: "" } },
        { role: "function", name: "f", content: "1" },
      ],
    });
    expect(decoded[1]?.parts[0]?.kind.value).toMatchObject({
      id: "legacy_function_call_1",
      tool: "f",
      arguments: "{}",
    });
    expect(decoded[2]).toMatchObject({ role: Role.TOOL });
    expect(decoded[2]?.parts[0]?.kind.value).toMatchObject({ toolCallId: "legacy_function_call_1", tool: "f" });
  });

  test("an assistant's empty content beside calls is no text", () => {
    const call = { id: "a", type: "function", function: { name: "f", arguments: { x: 1 } } };
    const { messages: decoded } = decode({
      messages: [...messages, { role: "assistant", content: "", tool_calls: [call] }],
    });
    expect(decoded[1]?.parts.map(({ kind }) => kind.value)).toMatchObject([
      { id: "a", tool: "f", arguments: '{"x":1}' },
    ]);
  });

  test("reasoning is read from details where they are, else from either plain field", () => {
    const read = (fields: JsonObject) =>
      decode({ messages: [...messages, { role: "assistant", content: "x", ...fields }] }).messages[1]?.parts.map(
        ({ kind }) => kind.value,
      );
    expect(read({ reasoning: "r" })).toMatchObject([{ text: "r" }, { text: "x" }]);
    expect(read({ reasoning_content: "r", reasoning: "r" })).toMatchObject([{ text: "r" }, { text: "x" }]);
    const fragments = [
      { type: "reasoning.text", text: "a", index: 0 },
      { type: "reasoning.text", text: "b", index: 0 },
      { type: "reasoning.text", signature: "s", index: 0 },
    ];
    expect(read({ reasoning: "ab", reasoning_details: fragments })).toMatchObject([
      { text: "ab", signature: "s" },
      { text: "x" },
    ]);
    expect(
      read({ reasoning_content: "ab", reasoning_details: [{ type: "reasoning.text", signature: "s" }] }),
    ).toMatchObject([{ text: "ab", signature: "s" }, { text: "x" }]);
    expect(
      read({ reasoning: "sum", reasoning_details: [{ type: "reasoning.encrypted", data: "d", id: "rs_1" }] }),
    ).toMatchObject([{ text: "sum" }, { redactedData: "d", id: "rs_1" }, { text: "x" }]);
    expect(read({ reasoning_details: [{ type: "reasoning.new", x: 1 }] })).toMatchObject([
      { type: "reasoning_details:reasoning.new", json: '{"type":"reasoning.new","x":1}' },
      { text: "x" },
    ]);
  });

  test("signatures over calls are read where Google puts them", () => {
    const call = {
      id: "a",
      type: "function",
      function: { name: "f", arguments: "{}" },
      extra_content: { google: { thought_signature: "sig" } },
    };
    const { messages: decoded } = decode({ messages: [...messages, { role: "assistant", tool_calls: [call] }] });
    expect(decoded[1]?.parts[0]?.kind.value).toMatchObject({ signature: "sig" });
  });
});
