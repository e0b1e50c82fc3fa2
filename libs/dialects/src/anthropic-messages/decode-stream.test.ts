import { FinishReason, FinishReasonSchema } from "@sluice/api/sluice/chat/v1/chat_response";
import { ToolCallKind } from "@sluice/api/sluice/chat/v1/content";
import type { StreamEvent } from "@sluice/api/sluice/chat/v1/stream_event";
import { ErrorReasonSchema } from "@sluice/api/sluice/common/v1/error_reason";
import { describe, expect, it } from "vitest";
import {
  decodeStream,
  listBroken,
  listMade,
  readBrokenStream,
  readMadeStream,
  readSse,
} from "../../tests/anthropic-messages-testdata.ts";
import { findStreamFaults } from "../stream-invariants.ts";
import { createStreamDecoder } from "./decode-stream.ts";

/** A stream in one line a piece: what a reader of it would know. */
function summarize(events: readonly StreamEvent[]): readonly string[] {
  const pieces: string[] = [];
  const lines: string[] = [];
  for (const { event, part } of events) {
    switch (event.case) {
      case "textStart":
        pieces[part] = "text: ";
        break;
      case "reasoningStart":
        pieces[part] = event.value.redactedData === "" ? "reasoning: " : `redacted: ${event.value.redactedData}`;
        break;
      case "toolCallStart": {
        const kind = event.value.toolKind === ToolCallKind.SERVER ? "server call" : "call";
        pieces[part] = `${kind} ${event.value.id} ${event.value.tool}: `;
        break;
      }
      case "textDelta":
        pieces[part] += event.value.text + "[cited]".repeat(event.value.citations.length);
        break;
      case "reasoningDelta":
        pieces[part] += event.value.text + (event.value.signature === "" ? "" : `|${event.value.signature}`);
        break;
      case "toolCallDelta":
        pieces[part] += event.value.arguments;
        break;
      case "wholePart":
        pieces[part] = describePart(event.value.kind);
        break;
      case "finish":
        lines.push(`finish ${FinishReasonSchema.value[event.value.candidates[0]?.finish?.reason ?? 0]?.localName}`);
        break;
      case "error":
        lines.push(`error ${ErrorReasonSchema.value[event.value.reason]?.localName} ${event.value.message}`);
        break;
      default:
    }
  }
  return [...pieces, ...lines];
}

function describePart(kind: (StreamEvent["event"] & { case: "wholePart" })["value"]["kind"]): string {
  if (kind.case === "toolResult") return `result ${kind.value.toolCallId} ${kind.value.serverType}`;
  return kind.case === "opaque" ? `opaque ${kind.value.json}` : `${kind.case}`;
}

function decode(bytes: Buffer): readonly StreamEvent[] {
  return decodeStream(readSse(bytes), createStreamDecoder());
}

function finishOf(events: readonly StreamEvent[]) {
  const last = events.at(-1)?.event;
  if (last?.case !== "finish") throw new Error(`the stream ends with ${last?.case}`);
  return last.value;
}

describe("streams as documented", () => {
  it("tells text", () => {
    const events = decode(readMadeStream("text"));
    expect(summarize(events)).toEqual(["text: Hello, wörld 👋", "finish STOP"]);
    expect(events[0]?.event.value).toMatchObject({ id: "msg_text", model: "claude-sonnet-4-5-20250929" });
    expect(events.filter(({ event }) => event.case === "ping")).toHaveLength(1);
  });

  it("tells calls, with {} where there are no arguments and the input of the start where no deltas came", () => {
    const events = decode(readMadeStream("tools"));
    expect(summarize(events)).toEqual([
      "text: Looking.",
      'call toolu_1 get_weather: {"city": "Oslo"}',
      "call toolu_2 now: {}",
      'call toolu_3 roll: {"player":"one"}',
      "finish TOOL_CALLS",
    ]);
    const starts = events.flatMap(({ event }) => (event.case === "toolCallStart" ? [event.value] : []));
    expect(starts.map(({ extensions }) => extensions.map(({ field }) => field))).toEqual([[], [], ["caller"]]);
  });

  it("keeps signatures and redacted thinking byte for byte", () => {
    expect(summarize(decode(readMadeStream("thinking")))).toEqual([
      "reasoning: It is warm.|c2lnbmF0dXJl",
      "redacted: b3BhcXVl",
      "reasoning: |b21pdHRlZA==",
      "text: 18 °C.",
      "finish STOP",
    ]);
  });

  it("adds cache reads and writes to the input, and takes the output of the last message_delta", () => {
    const events = decode(readMadeStream("thinking"));
    const [start] = events;
    if (start?.event.case !== "responseStart") throw new Error("expected a start");
    expect(start.event.value.usage).toMatchObject({
      inputTokens: 2310,
      cacheReadInputTokens: 2000,
      cacheWriteInputTokens: 300,
      cacheWrite1hInputTokens: 200,
    });
    expect(start.event.value.usage?.outputTokens).toBeUndefined();
    expect(start.event.value.serviceTier).toBe("standard");
    expect(finishOf(events).usage).toMatchObject({ inputTokens: 2310, outputTokens: 60, reasoningOutputTokens: 41 });
    expect(JSON.parse(finishOf(events).usageJson)).toMatchObject({ input_tokens: 10, output_tokens: 60 });
  });

  it("tells blocks that come whole, and gathers those of unknown types", () => {
    const events = decode(readMadeStream("server-tools"));
    expect(summarize(events)).toEqual([
      'server call srvtoolu_1 web_search: {"query":"cats"}',
      "result srvtoolu_1 web_search_tool_result",
      'opaque {"type":"mcp_tool_use","id":"mcptoolu_1","name":"echo","server_name":"echo-server","input":{"say":"hi"}}',
      'opaque {"type":"mcp_tool_result","tool_use_id":"mcptoolu_1","is_error":false,"content":[{"type":"text","text":"hi"}]}',
      'opaque {"type":"compaction","content":"Summary so far.","encrypted_content":"eHl6"}',
      "text: Cats are common.[cited]",
      "finish STOP",
    ]);
    // The compaction's tokens are not in the top-level counts.
    expect(finishOf(events).usage).toMatchObject({ inputTokens: 1900, outputTokens: 90, webSearchRequests: 2 });
    expect(finishOf(events).extensions.map(({ field }) => field)).toContain("container");
  });

  it("tells the content that a block starts with", () => {
    expect(summarize(decode(readMadeStream("initial-content")))).toEqual([
      "text: Already here.",
      "reasoning: Begun|c2ln",
      "finish STOP",
    ]);
  });

  it("keeps the stop sequence and what is said of a refusal", () => {
    const stopped = finishOf(decode(readMadeStream("stop-sequence"))).candidates[0]?.finish;
    expect(stopped).toMatchObject({ reason: FinishReason.STOP, raw: "stop_sequence", stopSequence: "END" });
    const refused = finishOf(decode(readMadeStream("refusal")));
    expect(refused.candidates[0]?.finish?.reason).toBe(FinishReason.REFUSAL);
    expect(refused.extensions).toMatchObject([{ field: "stop_details" }]);
  });
});

const text = "text: Hello, wörld 👋";

/** What comes of each broken stream. */
const outcomes: Readonly<Record<string, readonly string[]>> = {
  "block-before-message": ["error UPSTREAM_MALFORMED content_block_start before message_start"],
  // Kept as it came: the limit cut the call off, and the provider says so.
  "cut-off-tool-json": ['call toolu_1 get_weather: {"city": "Os', "finish LENGTH"],
  "delta-before-start": ["error UPSTREAM_MALFORMED content_block_delta for a block that is not open"],
  "duplicate-message-start": [text, "finish STOP"],
  "error-before-start": ["error UPSTREAM_RATE_LIMITED Slow down"],
  "error-inside-stream": ["text: Hel", "error UPSTREAM_OVERLOADED Overloaded"],
  "finish-then-more": [text, "finish STOP"],
  "missing-content-block-stop": ["text: never closed", "call toolu_1 now: {}", "finish TOOL_CALLS"],
  "missing-message-delta": [text, "error UPSTREAM_TRUNCATED the answer ended before its message_stop"],
  "missing-message-stop": [text, "finish STOP"],
  "missing-stop-reason": [text, "finish UNSPECIFIED"],
  "missing-usage": [text, "finish STOP"],
  "not-json": ["text: ", "error UPSTREAM_MALFORMED event content_block_delta is not a JSON object"],
  "spliced-message-start": [
    "text: first",
    "error UPSTREAM_MALFORMED a second message_start, of another message, within a message",
  ],
  "truncated-mid-tool-json": [
    'call toolu_1 get_weather: {"city": "Os',
    "error UPSTREAM_TRUNCATED the answer ended before its message_stop",
  ],
  "unknown-delta-type": ["text: a", "reasoning: |c2ln", "finish STOP"],
  "unknown-event-type": [text, "finish STOP"],
  "wrong-delta-for-block": [
    "text: ",
    "error UPSTREAM_MALFORMED input_json_delta that does not fit a block of kind text",
  ],
};

describe("broken streams", () => {
  it("has an outcome for each", () => {
    expect(Object.keys(outcomes).sort()).toEqual([...listBroken()].sort());
  });

  it.each(Object.keys(outcomes))("%s", (name) => {
    expect(summarize(decode(readBrokenStream(name)))).toEqual(outcomes[name]);
  });

  it("does not take usage that is missing for zero", () => {
    expect(finishOf(decode(readBrokenStream("missing-usage"))).usage).toBeUndefined();
  });

  it("reports with an error what was counted before it, which is the input alone", () => {
    const last = decode(readBrokenStream("truncated-mid-tool-json")).at(-1)?.event;
    if (last?.case !== "error") throw new Error("expected an error");
    expect(last.value.usage).toMatchObject({ inputTokens: 10 });
    expect(last.value.usage?.outputTokens).toBeUndefined();
  });

  it("keeps deltas of unknown types: in the text and the reasoning", () => {
    const events = decode(readBrokenStream("unknown-delta-type"));
    const kept = events.flatMap(({ event }) => (event.case === "textDelta" ? event.value.extensions : []));
    expect(kept).toMatchObject([{ dialect: "anthropic.messages", field: "tone_delta" }]);
    const inReasoning = events.flatMap(({ event }) => (event.case === "reasoningDelta" ? event.value.extensions : []));
    expect(inReasoning).toMatchObject([{ field: "doubt_delta", json: '{"type":"doubt_delta","doubt":0.5}' }]);
  });
});

describe("what holds for every stream", () => {
  const streams = [
    ...listMade(".stream.sse").map((name) => [name, readMadeStream(name)] as const),
    ...listBroken().map((name) => [name, readBrokenStream(name)] as const),
  ];

  it.each(streams)("%s keeps the hub's order, wherever it ends", (_name, bytes) => {
    const events = readSse(bytes);
    for (let length = 0; length <= events.length; length += 1) {
      expect(findStreamFaults(decodeStream(events.slice(0, length), createStreamDecoder()))).toEqual([]);
    }
  });

  it.each(streams)("%s is the same one byte at a time", (_name, bytes) => {
    const cuts = Array.from({ length: bytes.length - 1 }, (_, index) => index + 1);
    expect(decodeStream(readSse(bytes, cuts), createStreamDecoder())).toEqual(decode(bytes));
  });
});

describe("events that are not as documented", () => {
  const start =
    '{"type":"message_start","message":{"id":"msg_1","model":"m","content":[{"type":"text","text":"whole"}]}}';
  const open = (block: string) => `{"type":"content_block_start","index":0,"content_block":${block}}`;
  const run = (...data: string[]) =>
    summarize(
      decodeStream(
        data.map((text) => ({ kind: "event", event: undefined, data: text, id: undefined, retryMs: undefined })),
        createStreamDecoder(),
      ),
    );

  it("takes content that comes with message_start", () => {
    expect(run(start, '{"type":"message_stop"}')).toEqual(["text: whole", "finish UNSPECIFIED"]);
  });

  it.each([
    ["null", "event without a name is not a JSON object"],
    ["{}", "event without a type"],
    ['{"type":"message_start"}', "message_start without a message"],
  ])("%s is an error", (data, message) => {
    expect(run(data)).toEqual([`error UPSTREAM_MALFORMED ${message}`]);
  });

  it.each([
    [open('{"type":"tool_use"}'), "a tool_use block without id or name"],
    [open('{"type":"redacted_thinking"}'), "a redacted_thinking block without data"],
    [open('{"type":"text","text":5}'), "a text block whose text is no text"],
    [open("5"), "content_block_start without an index and a block"],
    ['{"type":"content_block_stop","index":0}', "content_block_stop for a block that is not open"],
    ['{"type":"message_delta"}', "message_delta without a delta"],
  ])("%s is an error", (data, message) => {
    expect(run(start, data)).toEqual(["text: whole", `error UPSTREAM_MALFORMED ${message}`]);
  });

  it("fails on input of a gathered block that is no JSON", () => {
    const delta = '{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{"}}';
    expect(run(start, open('{"type":"mcp_tool_use"}'), delta, '{"type":"message_stop"}')).toEqual([
      "text: whole",
      "error UPSTREAM_MALFORMED a block of type mcp_tool_use whose input is no JSON",
    ]);
  });
});
