import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { FinishReason } from "@sluice/api/sluice/chat/v1/chat_response";
import { PartSchema, ToolCallKind } from "@sluice/api/sluice/chat/v1/content";
import { StreamFinishSchema } from "@sluice/api/sluice/chat/v1/stream_event";
import { ErrorReason } from "@sluice/api/sluice/common/v1/error_reason";
import { describe, expect, test } from "vitest";
import { encoderOptions, readSse } from "../../tests/streams.ts";
import type { JsonObject } from "../dialect.ts";
import { createStreamEvent } from "../stream-event.ts";
import { openaiChat } from "./index.ts";

type EventInit = Parameters<typeof createStreamEvent>[0];

const start: EventInit = {
  case: "responseStart",
  value: { id: "msg_1", model: "claude", createTime: { seconds: 7n } },
};

function finish(init: MessageInitShape<typeof StreamFinishSchema> = {}): EventInit {
  const candidates = [{ candidate: 0, finish: { reason: FinishReason.STOP, raw: "end_turn" } }];
  return { case: "finish", value: create(StreamFinishSchema, { candidates, ...init }) };
}

function encode(events: readonly (readonly [EventInit, number?])[], includeUsage = true) {
  const encoder = openaiChat.createStreamEncoder({ ...encoderOptions, includeUsage });
  const text = events.map(([event, part = 0]) => encoder.push(createStreamEvent(event, 0, part))).join("");
  const data = readSse([Buffer.from(text)]).map((event) => event.data);
  const chunks = data.filter((entry) => entry !== "[DONE]").map((entry) => JSON.parse(entry) as JsonObject);
  return {
    text,
    chunks,
    deltas: chunks
      .flatMap((chunk) => (chunk["choices"] as readonly JsonObject[] | undefined) ?? [])
      .map(({ delta }) => delta),
    done: data.at(-1) === "[DONE]",
    changes: encoder.changes().map(({ parameter }) => parameter),
  };
}

describe("a stream for an OpenAI client", () => {
  test("opens with the role, ends with the finish, usage and [DONE]", () => {
    const { chunks, done } = encode([
      [start],
      [{ case: "textStart", value: {} }],
      [{ case: "textDelta", value: { text: "Hi" } }],
      [{ case: "textEnd", value: {} }],
      [finish({ usage: { inputTokens: 3, outputTokens: 1 } })],
    ]);
    expect(chunks).toEqual([
      chunk([{ index: 0, delta: { role: "assistant", content: "", refusal: null }, finish_reason: null }]),
      chunk([{ index: 0, delta: { content: "Hi" }, finish_reason: null }]),
      chunk([{ index: 0, delta: {}, finish_reason: "stop" }]),
      { ...chunk([]), usage: { prompt_tokens: 3, completion_tokens: 1, total_tokens: 4 } },
    ]);
    expect(done).toBe(true);
  });

  test("says nothing of usage where the client did not ask, or the provider did not tell", () => {
    const silent = encode([[start], [finish({ usage: { inputTokens: 3 } })]], false);
    expect(silent.chunks.some((entry) => "usage" in entry)).toBe(false);
    const unknown = encode([[start], [finish()]]);
    expect(unknown.chunks.every((entry) => entry["usage"] === null)).toBe(true);
    expect(unknown.done).toBe(true);
  });

  test("uses the fallbacks where the provider gave no id and no date", () => {
    const { chunks } = encode([[{ case: "responseStart", value: {} }]]);
    expect(chunks[0]).toMatchObject({ id: "fallback-id", created: 1_790_000_000 });
  });

  test("numbers tool calls by themselves, whatever pieces stand between", () => {
    const { deltas } = encode([
      [start],
      [{ case: "textStart", value: {} }, 0],
      [{ case: "textEnd", value: {} }, 0],
      [{ case: "toolCallStart", value: { id: "a", tool: "f" } }, 1],
      [{ case: "toolCallStart", value: { id: "b", tool: "g", toolKind: ToolCallKind.CUSTOM } }, 3],
      [{ case: "toolCallDelta", value: { arguments: "{}" } }, 1],
      [{ case: "toolCallDelta", value: { arguments: "ls" } }, 3],
      [{ case: "toolCallStart", value: { id: "c", tool: "h", signature: "s" } }, 4],
    ]);
    expect(deltas.slice(1)).toEqual([
      { tool_calls: [{ index: 0, id: "a", type: "function", function: { name: "f", arguments: "" } }] },
      { tool_calls: [{ index: 1, id: "b", type: "custom", custom: { name: "g", input: "" } }] },
      { tool_calls: [{ index: 0, function: { arguments: "{}" } }] },
      { tool_calls: [{ index: 1, custom: { input: "ls" } }] },
      {
        tool_calls: [
          {
            index: 2,
            id: "c",
            type: "function",
            function: { name: "h", arguments: "" },
            extra_content: { google: { thought_signature: "s" } },
          },
        ],
      },
    ]);
  });

  test("tells signed reasoning once more, whole, and unsigned reasoning once", () => {
    const { deltas } = encode([
      [start],
      [{ case: "reasoningStart", value: {} }, 0],
      [{ case: "reasoningDelta", value: { text: "a" } }, 0],
      [{ case: "reasoningEnd", value: {} }, 0],
      [{ case: "reasoningStart", value: {} }, 1],
      [{ case: "reasoningDelta", value: { text: "b" } }, 1],
      [{ case: "reasoningDelta", value: { text: "c" } }, 1],
      [{ case: "reasoningDelta", value: { signature: "s" } }, 1],
      [{ case: "reasoningEnd", value: {} }, 1],
      [{ case: "reasoningStart", value: { redactedData: "d" } }, 2],
      [{ case: "reasoningEnd", value: {} }, 2],
    ]);
    expect(deltas.slice(1)).toEqual([
      { reasoning_content: "a" },
      { reasoning_content: "b" },
      { reasoning_content: "c" },
      { reasoning_details: [{ type: "reasoning.text", text: "bc", signature: "s", index: 1 }] },
      { reasoning_details: [{ type: "reasoning.encrypted", data: "d", index: 2 }] },
    ]);
  });

  test("cites pages with the range of the text that rests on them, and reports places in documents", () => {
    const { deltas, changes } = encode([
      [start],
      [{ case: "textStart", value: {} }, 0],
      [{ case: "textDelta", value: { text: "One. " } }, 0],
      [{ case: "textEnd", value: {} }, 0],
      [{ case: "textStart", value: {} }, 1],
      [{ case: "textDelta", value: { citations: [{ url: "https://example.org", title: "E", citedText: "two" }] } }, 1],
      [{ case: "textDelta", value: { text: "Two." } }, 1],
      [{ case: "textDelta", value: { citations: [{ citedText: "x", dialect: "anthropic.messages", json: "{}" }] } }, 1],
      [{ case: "textEnd", value: {} }, 1],
    ]);
    expect(deltas.at(-1)).toEqual({
      annotations: [
        {
          type: "url_citation",
          url_citation: { url: "https://example.org", title: "E", start_index: 5, end_index: 9, content: "two" },
        },
      ],
    });
    expect(changes).toEqual(["citations"]);
  });

  test("leaves out what a provider ran, and says so", () => {
    const result = create(PartSchema, {
      kind: { case: "toolResult", value: { serverType: "web_search_tool_result" } },
    });
    const opaque = create(PartSchema, {
      kind: { case: "opaque", value: { dialect: "anthropic.messages", type: "mcp_tool_use" } },
    });
    const { deltas, changes } = encode([
      [start],
      [{ case: "toolCallStart", value: { id: "s", tool: "web_search", toolKind: ToolCallKind.SERVER } }, 0],
      [{ case: "toolCallDelta", value: { arguments: "{}" } }, 0],
      [{ case: "toolCallEnd", value: {} }, 0],
      [{ case: "wholePart", value: result }, 1],
      [{ case: "wholePart", value: opaque }, 2],
    ]);
    expect(deltas).toHaveLength(1);
    expect(changes).toEqual(["server_tool_call", "server_tool_result", "mcp_tool_use"]);
  });

  test("shows pings as comments and errors as OpenAI's SDKs read them, without [DONE]", () => {
    const { text, chunks, done } = encode([
      [start],
      [{ case: "ping", value: {} }],
      [
        {
          case: "error",
          value: { reason: ErrorReason.UPSTREAM_OVERLOADED, message: "busy", providerCode: "overloaded_error" },
        },
      ],
    ]);
    expect(text).toContain("\n\n: ping\n\n");
    expect(chunks.at(-1)).toEqual({
      error: {
        message: "busy",
        type: "server_error",
        param: null,
        code: "upstream_overloaded",
        reason: "upstream_overloaded",
        fault: "upstream",
        request_id: "",
        provider_code: "overloaded_error",
      },
    });
    expect(done).toBe(false);
  });

  test("an empty text still opens, and an unsaid finish is null", () => {
    const { chunks } = encode([[start], [finish({ candidates: [{ candidate: 0, finish: {} }] })]]);
    expect(chunks.at(-1)).toMatchObject({ choices: [{ finish_reason: null }] });
  });
});

function chunk(choices: readonly JsonObject[]): JsonObject {
  return { id: "msg_1", object: "chat.completion.chunk", created: 7, model: "claude", choices, usage: null };
}
