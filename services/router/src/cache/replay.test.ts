import { create } from "@bufbuild/protobuf";
import { CacheEntrySchema } from "@sluice/api/sluice/cache/v1/cache_entry";
import { TokenUsageSchema } from "@sluice/api/sluice/common/v1/token_usage";
import type { DialectName, JsonObject } from "@sluice/dialects";
import { expect, test } from "vitest";
import type { GatewayRequest } from "../flow/gateway-request.ts";
import { replayAsStream, wholeOfStream } from "./replay.ts";

const openaiBody = {
  id: "chatcmpl-1",
  object: "chat.completion",
  created: 1,
  model: "gpt",
  choices: [{ index: 0, message: { role: "assistant", content: "Hello there" }, finish_reason: "stop" }],
  usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
};

const anthropicBody = {
  id: "msg_1",
  type: "message",
  role: "assistant",
  model: "claude",
  content: [{ type: "text", text: "Hello there" }],
  stop_reason: "end_turn",
  stop_sequence: null,
  usage: { input_tokens: 3, output_tokens: 2 },
};

function replayed(dialect: DialectName, body: unknown, json: JsonObject = {}): Uint8Array {
  const entry = create(CacheEntrySchema, { dialect, body: Buffer.from(JSON.stringify(body)) });
  const request = {
    requestId: "req_1",
    startMs: 0,
    payload: { kind: "body", dialect, bytes: new Uint8Array(), json, headers: {} },
  } as unknown as GatewayRequest;
  return replayAsStream(entry, request);
}

const usage = create(TokenUsageSchema, { inputTokens: 3, outputTokens: 2 });
const parse = (bytes: Uint8Array | undefined) => JSON.parse(Buffer.from(bytes ?? []).toString());

test("a whole answer becomes a stream in its dialect, and the stream the answer again", () => {
  const openai = replayed("openai.chat", openaiBody, { stream_options: { include_usage: true } });
  expect(Buffer.from(openai).toString()).toMatch(/data: \[DONE\]\s*$/);
  expect(parse(wholeOfStream("openai.chat", [openai], undefined))).toMatchObject({
    choices: [{ message: { content: "Hello there" }, finish_reason: "stop" }],
    usage: openaiBody.usage,
  });
  const anthropic = replayed("anthropic.messages", anthropicBody);
  expect(Buffer.from(anthropic).toString()).toContain("event: message_stop");
  expect(parse(wholeOfStream("anthropic.messages", [anthropic], undefined))).toMatchObject({
    content: [{ type: "text", text: "Hello there" }],
    stop_reason: "end_turn",
    usage: anthropicBody.usage,
  });
});

test("a stream tells usage only where it was asked for, but the answer that is kept of it has it", () => {
  const silent = replayed("openai.chat", openaiBody);
  expect(Buffer.from(silent).toString()).not.toContain("prompt_tokens");
  expect(parse(wholeOfStream("openai.chat", [silent], usage)).usage).toMatchObject(openaiBody.usage);
});

test("cut anywhere, a stream is kept whole or not at all", () => {
  const bytes = replayed("openai.chat", openaiBody);
  const pieces = Array.from(bytes, (byte) => Uint8Array.of(byte));
  expect(parse(wholeOfStream("openai.chat", pieces, usage)).choices[0].message.content).toBe("Hello there");
  const finish = Buffer.from(bytes).indexOf('finish_reason":"stop');
  expect(wholeOfStream("openai.chat", [bytes.subarray(0, finish)], usage)).toBeUndefined();
  expect(wholeOfStream("openai.chat", [Buffer.from("data: {not json\n\n")], usage)).toBeUndefined();
  expect(wholeOfStream("openai.chat", [], usage)).toBeUndefined();
});

test("an entry that is no answer of its dialect is a broken expectation", () => {
  expect(() => replayed("openai.chat", { error: { message: "no" } })).toThrow();
});
