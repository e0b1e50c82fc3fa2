import { FinishReason } from "@sluice/api/sluice/chat/v1/chat_response";
import type { StreamEvent } from "@sluice/api/sluice/chat/v1/stream_event";
import { ErrorReason } from "@sluice/api/sluice/common/v1/error_reason";
import { describe, expect, test } from "vitest";
import { encoderOptions, readSse } from "../../tests/streams.ts";
import type { JsonObject } from "../dialect.ts";
import { objectOf } from "../json.ts";
import { createStreamEvent } from "../stream-event.ts";
import { createStreamEncoder } from "./encode-stream.ts";

type EventInit = Parameters<typeof createStreamEvent>[0];

const start: EventInit = { case: "responseStart", value: { id: "chatcmpl-1", model: "m" } };
const finish: EventInit = {
  case: "finish",
  value: { candidates: [{ candidate: 0, finish: { reason: FinishReason.STOP, raw: "stop" } }] },
};

function encode(events: readonly (EventInit | readonly [EventInit, part: number])[], options = encoderOptions) {
  const encoder = createStreamEncoder(options);
  const made: StreamEvent[] = events.map((event) =>
    Array.isArray(event) ? createStreamEvent(event[0], 0, event[1]) : createStreamEvent(event as EventInit),
  );
  const text = made.map((event) => encoder.push(event)).join("");
  const sse = readSse([Buffer.from(text)]);
  const told = sse.map(({ data }) => JSON.parse(data) as JsonObject);
  for (const [index, { event }] of sse.entries()) expect(event).toBe(told[index]?.["type"]);
  expect(told.map((event) => event["sequence_number"])).toEqual(told.map((_, index) => index));
  return { told, types: told.map(({ type }) => String(type)), changes: encoder.changes(), text };
}

function ending(told: readonly JsonObject[]): JsonObject {
  return objectOf(told.at(-1)?.["response"]) ?? {};
}

function output(told: readonly JsonObject[]): readonly JsonObject[] {
  return ending(told)["output"] as readonly JsonObject[];
}

describe("items", () => {
  test("texts that follow one another are one message, done when another item begins", () => {
    const { types, told } = encode([
      start,
      [{ case: "textStart", value: {} }, 0],
      [{ case: "textDelta", value: { text: "One." } }, 0],
      [{ case: "textEnd", value: {} }, 0],
      [{ case: "textStart", value: {} }, 1],
      [{ case: "textDelta", value: { text: "Two." } }, 1],
      [{ case: "textEnd", value: {} }, 1],
      [{ case: "toolCallStart", value: { id: "call_1", tool: "now" } }, 2],
      [{ case: "toolCallDelta", value: { arguments: "{}" } }, 2],
      [{ case: "toolCallEnd", value: {} }, 2],
      finish,
    ]);
    expect(types.slice(2, -1).map((type) => type.slice("response.".length))).toEqual([
      "output_item.added",
      "content_part.added",
      "output_text.delta",
      "output_text.done",
      "content_part.done",
      "content_part.added",
      "output_text.delta",
      "output_text.done",
      "content_part.done",
      "output_item.done",
      "output_item.added",
      "function_call_arguments.delta",
      "function_call_arguments.done",
      "output_item.done",
    ]);
    expect(output(told)).toMatchObject([
      { type: "message", content: [{ text: "One." }, { text: "Two." }] },
      { type: "function_call", call_id: "call_1", name: "now", arguments: "{}" },
    ]);
    const done = told.filter(({ type }) => type === "response.output_item.done").map(({ item }) => item);
    expect(output(told)).toEqual(done);
  });

  test("a text that stays empty is not told", () => {
    const { types, told } = encode([
      start,
      [{ case: "textStart", value: {} }, 0],
      [{ case: "textEnd", value: {} }, 0],
      finish,
    ]);
    expect(types).toEqual(["response.created", "response.in_progress", "response.completed"]);
    expect(output(told)).toEqual([]);
  });

  test("pieces that interleave keep their places", () => {
    const { told } = encode([
      start,
      [{ case: "toolCallStart", value: { id: "a", tool: "one" } }, 0],
      [{ case: "toolCallStart", value: { id: "b", tool: "two" } }, 1],
      [{ case: "toolCallDelta", value: { arguments: "[2]" } }, 1],
      [{ case: "toolCallDelta", value: { arguments: "[1]" } }, 0],
      [{ case: "toolCallEnd", value: {} }, 1],
      [{ case: "toolCallEnd", value: {} }, 0],
      finish,
    ]);
    expect(output(told)).toMatchObject([
      { call_id: "a", arguments: "[1]" },
      { call_id: "b", arguments: "[2]" },
    ]);
    const deltas = told.filter(({ type }) => type === "response.function_call_arguments.delta");
    expect(deltas.map(({ output_index }) => output_index)).toEqual([1, 0]);
    expect(new Set(output(told).map(({ id }) => id)).size).toBe(2);
  });

  test("citations come before the text is done, with the range that rests on them", () => {
    const { told, types } = encode([
      start,
      [{ case: "textStart", value: {} }, 0],
      [{ case: "textDelta", value: { citations: [{ url: "https://example.com", title: "E" }] } }, 0],
      [{ case: "textDelta", value: { text: "Rain." } }, 0],
      [{ case: "textEnd", value: {} }, 0],
      finish,
    ]);
    const annotation = { type: "url_citation", url: "https://example.com", title: "E", start_index: 0, end_index: 5 };
    const at = types.indexOf("response.output_text.annotation.added");
    expect(types[at + 1]).toBe("response.output_text.done");
    expect(told[at]).toMatchObject({ annotation, annotation_index: 0 });
    expect(output(told)).toMatchObject([{ content: [{ annotations: [annotation] }] }]);
  });

  test("a part that comes whole is told as if it grew", () => {
    const text = { kind: { case: "text" as const, value: { text: "Whole." } } };
    const { told } = encode([start, [{ case: "wholePart", value: text }, 0], finish]);
    expect(output(told)).toMatchObject([{ type: "message", content: [{ type: "output_text", text: "Whole." }] }]);
  });
});

describe("the end", () => {
  test("an answer that was cut off is incomplete, and so is its last message", () => {
    const { told, types } = encode([
      start,
      [{ case: "textStart", value: {} }, 0],
      [{ case: "textDelta", value: { text: "It was" } }, 0],
      [{ case: "textEnd", value: {} }, 0],
      {
        case: "finish",
        value: { candidates: [{ candidate: 0, finish: { reason: FinishReason.LENGTH, raw: "max_tokens" } }] },
      },
    ]);
    expect(types.at(-1)).toBe("response.incomplete");
    expect(told.at(-1)?.["response"]).toMatchObject({
      status: "incomplete",
      incomplete_details: { reason: "max_output_tokens" },
      output: [{ status: "incomplete" }],
    });
  });

  test("an error after the beginning is a failed response, and nothing follows", () => {
    const { told, types } = encode([
      start,
      [{ case: "textStart", value: {} }, 0],
      [{ case: "textDelta", value: { text: "It was" } }, 0],
      {
        case: "error",
        value: {
          reason: ErrorReason.UPSTREAM_RATE_LIMITED,
          message: "slow down",
          providerCode: "429",
          usage: { inputTokens: 3 },
        },
      },
      finish,
    ]);
    expect(types.at(-1)).toBe("response.failed");
    expect(told.at(-1)?.["response"]).toMatchObject({
      id: "chatcmpl-1",
      status: "failed",
      error: { code: "rate_limit_exceeded", message: "slow down", provider_code: "429", fault: "upstream" },
      usage: { input_tokens: 3 },
    });
  });

  test("an error before it is an error event", () => {
    const { told } = encode([{ case: "error", value: { reason: ErrorReason.UPSTREAM_SERVER_ERROR, message: "no" } }]);
    expect(told).toMatchObject([{ type: "error", code: "server_error", message: "no", param: null }]);
  });

  test("usage that was not reported is null, counts that were are all there is", () => {
    expect(encode([start, finish]).told.at(-1)?.["response"]).toMatchObject({ usage: null });
    const counted: EventInit = { case: "finish", value: { usage: { inputTokens: 5, outputTokens: 2 } } };
    expect(ending(encode([start, counted]).told)["usage"]).toEqual({
      input_tokens: 5,
      output_tokens: 2,
      total_tokens: 7,
    });
  });
});

test("the response repeats what was asked for", () => {
  const requestBody = {
    model: "chat",
    input: "?",
    instructions: "Be brief.",
    tools: [{ type: "web_search" }],
    temperature: 0.5,
    text: { verbosity: "low" },
  };
  const { told } = encode([start, finish], { ...encoderOptions, requestBody });
  for (const index of [0, 1, 2]) {
    expect(told[index]?.["response"]).toMatchObject({
      instructions: "Be brief.",
      tools: [{ type: "web_search" }],
      temperature: 0.5,
      text: { verbosity: "low", format: { type: "text" } },
      tool_choice: "auto",
    });
  }
});

test("what there is no place for is reported", () => {
  const { changes, told } = encode([
    start,
    [
      {
        case: "wholePart",
        value: { kind: { case: "opaque", value: { dialect: "x.y", type: "novelty", json: "{}" } } },
      },
      0,
    ],
    {
      case: "finish",
      value: { candidates: [{ candidate: 0, finish: { reason: FinishReason.STOP, stopSequence: "!" } }] },
    },
  ]);
  expect(output(told)).toEqual([]);
  expect(changes.map(({ parameter }) => parameter)).toEqual(["novelty", "stop_sequence"]);
});

test("a ping is a comment", () => {
  const encoder = createStreamEncoder(encoderOptions);
  expect(encoder.push(createStreamEvent({ case: "ping", value: {} }))).toMatch(/^:.*\n\n$/);
});
