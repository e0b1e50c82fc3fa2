import { FinishReason } from "@sluice/api/sluice/chat/v1/chat_response";
import { ToolCallKind } from "@sluice/api/sluice/chat/v1/content";
import type { StreamEvent } from "@sluice/api/sluice/chat/v1/stream_event";
import { ErrorReason } from "@sluice/api/sluice/common/v1/error_reason";
import { describe, expect, it } from "vitest";
import { decodeStream, listMade, readMadeStream, readSse } from "../../tests/anthropic-messages-testdata.ts";
import { collectResponse } from "../collect-response.ts";
import type { JsonObject } from "../dialect.ts";
import { createStreamEvent } from "../stream-event.ts";
import { createStreamDecoder } from "./decode-stream.ts";
import { createStreamEncoder } from "./encode-stream.ts";

type EventInit = Parameters<typeof createStreamEvent>[0];

const options = { includeUsage: false, fallbackId: "msg_fallback", fallbackCreatedSeconds: 0 };
const start = createStreamEvent({ case: "responseStart", value: { id: "chatcmpl-1", model: "gpt-5.5" } });

function at(part: number, event: EventInit, candidate = 0): StreamEvent {
  return createStreamEvent(event, candidate, part);
}

function text(part: number, said: string): readonly StreamEvent[] {
  return [
    at(part, { case: "textStart", value: {} }),
    at(part, { case: "textDelta", value: { text: said } }),
    at(part, { case: "textEnd", value: {} }),
  ];
}

function finish(reason: FinishReason, usage?: { inputTokens?: number; outputTokens?: number }): StreamEvent {
  return createStreamEvent({
    case: "finish",
    value: { candidates: [{ candidate: 0, finish: { reason } }], ...(usage !== undefined && { usage }) },
  });
}

const usage = { inputTokens: 7, outputTokens: 3 };

function encode(...events: StreamEvent[]) {
  const encoder = createStreamEncoder(options);
  const sent = events.map((event) => encoder.push(event));
  const data = readSse(Buffer.from(sent.join(""))).map((event) => {
    const parsed = JSON.parse(event.data) as JsonObject;
    expect(event.event).toBe(parsed["type"]);
    return parsed;
  });
  return { sent, data, report: encoder.changes().map(({ parameter }) => parameter) };
}

/** A stream in short: the block's index with what happens to it. */
function shorten(data: readonly JsonObject[]): readonly string[] {
  return data.map((event) => {
    const type = String(event["type"]).replace("content_block_", "");
    const block = event["content_block"] as JsonObject | undefined;
    const delta = event["delta"] as JsonObject | undefined;
    const said =
      block?.["type"] ?? delta?.["text"] ?? delta?.["thinking"] ?? delta?.["partial_json"] ?? delta?.["signature"];
    return [event["index"], type, said].filter((word) => word !== undefined).join(" ");
  });
}

describe("createStreamEncoder", () => {
  it("tells text at once, with the counts at the end", () => {
    const { sent, data, report } = encode(start, ...text(0, "Hi"), finish(FinishReason.STOP, usage));
    expect(data).toEqual([
      {
        type: "message_start",
        message: {
          id: "chatcmpl-1",
          type: "message",
          role: "assistant",
          model: "gpt-5.5",
          content: [],
          stop_reason: null,
          stop_sequence: null,
          usage: { input_tokens: 0, output_tokens: 0 },
        },
      },
      { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
      { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "Hi" } },
      { type: "content_block_stop", index: 0 },
      {
        type: "message_delta",
        delta: { stop_reason: "end_turn", stop_sequence: null },
        usage: { input_tokens: 7, output_tokens: 3 },
      },
      { type: "message_stop" },
    ]);
    expect(sent[0]).toMatch(/^event: message_start\n/);
    expect(sent[2]).toMatch(/text_delta/);
    expect(report).toEqual([]);
  });

  it("numbers blocks as they are sent, and sends no empty text", () => {
    const call = { id: "call_1", tool: "now", toolKind: ToolCallKind.UNSPECIFIED };
    const { data } = encode(
      start,
      at(0, { case: "textStart", value: {} }),
      at(0, { case: "textEnd", value: {} }),
      at(1, { case: "toolCallStart", value: call }),
      at(1, { case: "toolCallDelta", value: { arguments: "{}" } }),
      at(1, { case: "toolCallEnd", value: {} }),
      finish(FinishReason.TOOL_CALLS, usage),
    );
    expect(shorten(data).slice(1, 4)).toEqual(["0 start tool_use", "0 delta {}", "0 stop"]);
    expect(data[1]).toMatchObject({ content_block: { id: "call_1", name: "now", input: {} } });
  });

  it("never has two blocks open: what interleaves waits for its turn", () => {
    const begin = (part: number) => at(part, { case: "toolCallStart", value: { id: `call_${part}`, tool: "now" } });
    const more = (part: number, said: string) => at(part, { case: "toolCallDelta", value: { arguments: said } });
    const end = (part: number) => at(part, { case: "toolCallEnd", value: {} });
    const { sent, data } = encode(
      start,
      begin(0),
      begin(1),
      more(1, '{"b"'),
      more(0, '{"a"'),
      begin(2),
      more(2, "{}"),
      end(1),
      more(0, ":1}"),
      end(0),
      end(2),
      finish(FinishReason.TOOL_CALLS, usage),
    );
    expect(shorten(data).slice(1, -2)).toEqual([
      "0 start tool_use",
      '0 delta {"a"',
      "0 delta :1}",
      "0 stop",
      "1 start tool_use",
      '1 delta {"b"',
      "1 stop",
      "2 start tool_use",
      "2 delta {}",
      "2 stop",
    ]);
    // The first goes out as it comes.
    expect(sent[4]).toContain("partial_json");
    expect(sent[3]).toBe("");
  });

  it("ends with an error where more waits than is held", () => {
    const big = at(1, { case: "textDelta", value: { text: "x".repeat(1024 * 1024) } });
    const { data } = encode(
      start,
      at(0, { case: "toolCallStart", value: { id: "a", tool: "b" } }),
      at(1, { case: "textStart", value: {} }),
      ...Array.from({ length: 17 }, () => big),
      finish(FinishReason.STOP),
    );
    expect(data.at(-1)).toMatchObject({ type: "error", error: { type: "api_error" } });
  });

  it("tells reasoning without a signature with a mark, and a signature once, whole", () => {
    const { data } = encode(
      start,
      at(0, { case: "reasoningStart", value: {} }),
      at(0, { case: "reasoningDelta", value: { text: "Hm." } }),
      at(0, { case: "reasoningEnd", value: {} }),
      at(1, { case: "reasoningStart", value: { signer: "anthropic" } }),
      at(1, { case: "reasoningDelta", value: { signature: "c2l" } }),
      at(1, { case: "reasoningDelta", value: { signature: "n" } }),
      at(1, { case: "reasoningEnd", value: {} }),
      at(2, { case: "reasoningStart", value: { redactedData: "ZW5j", signer: "anthropic" } }),
      at(2, { case: "reasoningEnd", value: {} }),
      finish(FinishReason.STOP, usage),
    );
    expect(shorten(data).slice(1, -2)).toEqual([
      "0 start thinking",
      "0 delta Hm.",
      "0 delta sluice_sig_none_",
      "0 stop",
      "1 start thinking",
      "1 delta c2ln",
      "1 stop",
      "2 start redacted_thinking",
      "2 stop",
    ]);
    expect(data[1]).toMatchObject({ content_block: { thinking: "", signature: "" } });
  });

  it("tells a refusal as text, and that it is one", () => {
    const { data, report } = encode(
      start,
      at(0, { case: "refusalStart", value: {} }),
      at(0, { case: "refusalDelta", value: { text: "No." } }),
      at(0, { case: "refusalEnd", value: {} }),
      finish(FinishReason.STOP, usage),
    );
    expect(shorten(data).slice(1, 4)).toEqual(["0 start text", "0 delta No.", "0 stop"]);
    expect(data.at(-2)).toMatchObject({ delta: { stop_reason: "refusal" } });
    expect(report).toEqual(["refusal", "stop_reason"]);
  });

  it("frames free text for a tool as an object, wherever it is cut", () => {
    const { data } = encode(
      start,
      at(0, { case: "toolCallStart", value: { id: "a", tool: "sh", toolKind: ToolCallKind.CUSTOM } }),
      at(0, { case: "toolCallDelta", value: { arguments: 'echo "\ud83d' } }),
      at(0, { case: "toolCallDelta", value: { arguments: '\udc4b"\n' } }),
      at(0, { case: "toolCallEnd", value: {} }),
      finish(FinishReason.TOOL_CALLS, usage),
    );
    const json = data.map(({ delta }) => (delta as JsonObject | undefined)?.["partial_json"] ?? "").join("");
    expect(JSON.parse(json)).toEqual({ input: 'echo "👋"\n' });
  });

  it("tells what comes whole, and reports what has no form", () => {
    const { data, report } = encode(
      start,
      at(0, {
        case: "wholePart",
        value: {
          kind: {
            case: "toolResult",
            value: {
              toolCallId: "s",
              serverType: "web_search_tool_result",
              serverContentJson: "[]",
              dialect: "anthropic.messages",
            },
          },
        },
      }),
      at(1, { case: "wholePart", value: { kind: { case: "text", value: { text: "Hi" } } } }),
      at(2, { case: "wholePart", value: { kind: { case: "image", value: {} } } }),
      at(3, {
        case: "wholePart",
        value: { kind: { case: "toolCall", value: { id: "a", tool: "b", arguments: "{}" } } },
      }),
      at(0, { case: "textStart", value: {} }, 1),
      finish(FinishReason.STOP, usage),
    );
    expect(shorten(data).slice(1, -2)).toEqual([
      "0 start web_search_tool_result",
      "0 stop",
      "1 start text",
      "1 delta Hi",
      "1 stop",
      "2 start tool_use",
      "2 delta {}",
      "2 stop",
    ]);
    expect(data[1]).toMatchObject({ content_block: { tool_use_id: "s", content: [] } });
    expect(report).toEqual(["content[2]", "candidates"]);
  });

  it("leaves out what another provider ran, and says so", () => {
    const { data, report } = encode(
      start,
      at(0, { case: "toolCallStart", value: { id: "ws_1", tool: "web_search", toolKind: ToolCallKind.SERVER } }),
      at(0, { case: "toolCallDelta", value: { arguments: "{}" } }),
      at(0, { case: "toolCallEnd", value: {} }),
      at(1, {
        case: "wholePart",
        value: {
          kind: {
            case: "toolResult",
            value: { toolCallId: "ws_1", serverType: "web_search_call", serverContentJson: "{}", dialect: "x" },
          },
        },
      }),
      ...text(2, "Hi"),
      finish(FinishReason.STOP, usage),
    );
    expect(shorten(data).slice(1, -2)).toEqual(["0 start text", "0 delta Hi", "0 stop"]);
    expect(report).toEqual(["server_tool_call", "server_tool_result"]);
  });

  it("passes pings on, and an error in Anthropic's form, after which nothing comes", () => {
    const { sent, data } = encode(
      start,
      createStreamEvent({ case: "ping", value: {} }),
      at(0, { case: "textStart", value: {} }),
      at(0, { case: "textDelta", value: { text: "Hi" } }),
      at(0, { case: "textEnd", value: {} }),
      createStreamEvent({
        case: "error",
        value: { reason: ErrorReason.UPSTREAM_OVERLOADED, message: "openai is overloaded" },
      }),
      finish(FinishReason.STOP),
    );
    expect(sent[1]).toBe('event: ping\ndata: {"type":"ping"}\n\n');
    expect(data.at(-1)).toEqual({
      type: "error",
      error: { type: "overloaded_error", message: "openai is overloaded" },
    });
    expect(sent.at(-1)).toBe("");
  });

  it("tells an error that comes first, without a message around it", () => {
    const { data } = encode(createStreamEvent({ case: "error", value: { reason: ErrorReason.UPSTREAM_TIMEOUT } }));
    expect(data).toEqual([{ type: "error", error: { type: "timeout_error", message: "" } }]);
  });

  it("makes up neither a stop nor usage, and says where a number stands for none", () => {
    const { data, report } = encode(finish(FinishReason.UNSPECIFIED));
    expect(data).toMatchObject([
      { type: "message_start", message: { id: "msg_fallback" } },
      { type: "message_delta", delta: { stop_reason: null }, usage: { output_tokens: 0 } },
      { type: "message_stop" },
    ]);
    expect(report).toEqual(["usage.input_tokens", "usage.output_tokens"]);
  });

  it("does not hide events that are out of order", () => {
    const { data } = encode(start, at(4, { case: "textDelta", value: { text: "lost" } }));
    expect(data.at(-1)).toMatchObject({ type: "error", error: { message: /piece 4/ } });
  });
});

describe("what Anthropic said", () => {
  it.each(listMade(".stream.sse"))("is told again: %s", (name) => {
    const events = decodeStream(readSse(readMadeStream(name)), createStreamDecoder());
    const encoder = createStreamEncoder(options);
    const sent = events.map((event) => encoder.push(event)).join("");
    const again = decodeStream(readSse(Buffer.from(sent)), createStreamDecoder());
    const before = collectResponse(events);
    const after = collectResponse(again);
    expect({ ...after, usageJson: "" }).toEqual({ ...before, usageJson: "" });
    expect(encoder.changes()).toEqual([]);
  });
});
