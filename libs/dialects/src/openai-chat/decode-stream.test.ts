import { FinishReason } from "@sluice/api/sluice/chat/v1/chat_response";
import type { StreamEvent } from "@sluice/api/sluice/chat/v1/stream_event";
import { ErrorReason } from "@sluice/api/sluice/common/v1/error_reason";
import { describe, expect, test } from "vitest";
import { cutBytes, cutRandomly, decodeStream, readSse, tapStream } from "../../tests/streams.ts";
import { listTestdata, readTestdata } from "../../tests/testdata.ts";
import { collectResponse } from "../collect-response.ts";
import type { JsonObject } from "../dialect.ts";
import { findStreamFaults } from "../stream-invariants.ts";
import { openaiChat } from "./index.ts";

const folder = "broken/openai-chat";

function decodeBroken(name: string): readonly StreamEvent[] {
  return decodeStream(openaiChat, readSse([readTestdata(`${folder}/${name}.sse`)]));
}

function chunk(choices: readonly JsonObject[], extra: JsonObject = {}): string {
  return `data: ${JSON.stringify({ id: "chatcmpl-1", object: "chat.completion.chunk", created: 1_790_000_000, model: "gpt-5.5", choices, ...extra })}\n\n`;
}

function delta(fields: JsonObject, finish: string | null = null, more: JsonObject = {}): string {
  return chunk([{ index: 0, delta: fields, finish_reason: finish, ...more }]);
}

const done = "data: [DONE]\n\n";

function decode(...pieces: string[]): readonly StreamEvent[] {
  return decodeStream(openaiChat, readSse([Buffer.from(pieces.join(""))]));
}

function names(events: readonly StreamEvent[]): string {
  return events
    .map(({ event, part }) => `${event.case ?? ""}${event.case?.includes("response") ? "" : part}`)
    .join(" ");
}

function errorOf(events: readonly StreamEvent[]) {
  const last = events.at(-1)?.event;
  return last?.case === "error" ? last.value : undefined;
}

function finishOf(events: readonly StreamEvent[]) {
  const last = events.at(-1)?.event;
  return last?.case === "finish" ? last.value : undefined;
}

function callsOf(events: readonly StreamEvent[]) {
  return collectResponse(events)
    .candidates.flatMap(({ parts }) => parts)
    .flatMap(({ kind }) => (kind.case === "toolCall" ? [kind.value] : []))
    .map(({ id, tool, arguments: input }) => ({ id, tool, input }));
}

function textOf(events: readonly StreamEvent[]): string {
  return events.flatMap(({ event }) => (event.case === "textDelta" ? [event.value.text] : [])).join("");
}

describe("broken streams", () => {
  const files = listTestdata(folder, ".sse");

  test.each(files)("%s keeps the invariants, however it is cut, and the tap sees the same end", (name) => {
    const bytes = readTestdata(`${folder}/${name}.sse`);
    const events = decodeBroken(name);
    expect(findStreamFaults(events)).toEqual([]);
    for (const pieces of [cutBytes(bytes), cutRandomly(bytes, 1), cutRandomly(bytes, 2)]) {
      expect(decodeStream(openaiChat, readSse(pieces))).toEqual(events);
    }
    const { end } = tapStream(openaiChat, readSse([bytes]));
    const finish = finishOf(events);
    if (finish !== undefined) {
      expect(end).toMatchObject({ kind: "finished" });
      expect(end.facts.usage).toEqual(finish.usage);
      expect(end.facts.finish).toEqual(finish.candidates[0]?.finish);
      return;
    }
    switch (errorOf(events)?.reason) {
      case ErrorReason.UPSTREAM_TRUNCATED:
        expect(end.kind).toBe("truncated");
        break;
      case ErrorReason.UPSTREAM_MALFORMED:
        // The tap does not read tool calls, so it passes those that only a translation would stumble over.
        expect(["malformed", "finished"]).toContain(end.kind);
        break;
      default:
        expect(end.kind).toBe("error");
    }
  });

  test.each([
    ["no-done", "Hello there", FinishReason.STOP],
    ["duplicate-start", "Hello there", FinishReason.STOP],
    ["missing-usage", "Hello", FinishReason.STOP],
    ["finish-then-more", "Hello", FinishReason.STOP],
    ["content-after-finish-reason", "Hello there", FinishReason.STOP],
    ["finish-reason-empty", "Hello there", FinishReason.STOP],
    ["usage-on-every-chunk", "Hello there", FinishReason.STOP],
    ["done-without-finish-reason", "Hello", FinishReason.UNSPECIFIED],
  ])("%s finishes", (name, text, reason) => {
    const events = decodeBroken(name);
    expect(textOf(events)).toBe(text);
    expect(finishOf(events)?.candidates[0]?.finish?.reason).toBe(reason);
  });

  test.each([
    ["spliced-event", ErrorReason.UPSTREAM_MALFORMED],
    ["not-a-chunk", ErrorReason.UPSTREAM_MALFORMED],
    ["html-inside-stream", ErrorReason.UPSTREAM_MALFORMED],
    ["tool-arguments-without-name", ErrorReason.UPSTREAM_MALFORMED],
    ["tool-name-never", ErrorReason.UPSTREAM_MALFORMED],
    ["truncated-mid-json", ErrorReason.UPSTREAM_TRUNCATED],
    ["truncated-without-finish", ErrorReason.UPSTREAM_TRUNCATED],
    ["empty-stream", ErrorReason.UPSTREAM_TRUNCATED],
    ["only-done", ErrorReason.UPSTREAM_TRUNCATED],
    ["error-inside-stream", ErrorReason.UPSTREAM_SERVER_ERROR],
    ["rate-limit-inside-choice", ErrorReason.UPSTREAM_RATE_LIMITED],
  ])("%s is an error", (name, reason) => {
    expect(errorOf(decodeBroken(name))?.reason).toBe(reason);
  });

  test("absent usage is absent", () => {
    expect(finishOf(decodeBroken("missing-usage"))?.usage).toBeUndefined();
    expect(finishOf(decodeBroken("usage-on-every-chunk"))?.usage).toMatchObject({ inputTokens: 9, outputTokens: 2 });
  });

  test.each([
    ["tool-index-missing", ["call_a", "get_weather", '{"city":"Paris"}'], ["call_b", "get_time", "{}"]],
    [
      "tool-index-always-zero",
      ["call_a", "get_weather", '{"city":"Paris"}'],
      ["call_b", "get_weather", '{"city":"Rome"}'],
    ],
    ["tool-id-late", ["call_late", "get_weather", '{"city":"Paris"}']],
    ["tool-id-and-name-repeated", ["call_a", "get_weather", '{"city":"Paris"}']],
    [
      "tool-id-missing",
      ["call_chatcmplbroken_0_0", "get_weather", '{"city":"Paris"}'],
      ["call_chatcmplbroken_0_1", "get_time", "{}"],
    ],
  ])("%s gives each call its own", (name, ...calls) => {
    expect(callsOf(decodeBroken(name))).toEqual(calls.map(([id, tool, input]) => ({ id, tool, input })));
  });
});

describe("a stream", () => {
  test("opens and closes one piece after the other", () => {
    const events = decode(
      delta({ role: "assistant", content: "" }),
      delta({ reasoning_content: "Hm" }),
      delta({ reasoning_content: "m" }),
      delta({ content: "Hel" }),
      delta({ content: "lo" }),
      delta({ tool_calls: [{ index: 0, id: "a", type: "function", function: { name: "f", arguments: "" } }] }),
      delta({ tool_calls: [{ index: 0, function: { arguments: "{}" } }] }),
      delta({}, "tool_calls"),
      done,
    );
    expect(names(events)).toBe(
      "responseStart reasoningStart0 reasoningDelta0 reasoningDelta0 reasoningEnd0 textStart1 textDelta1 textDelta1 textEnd1 toolCallStart2 toolCallDelta2 toolCallEnd2 finish0",
    );
    expect(events[0]?.event.value).toMatchObject({ id: "chatcmpl-1", model: "gpt-5.5" });
  });

  test("lets tool calls interleave and ends a call early where its arguments are whole", () => {
    const call = (index: number, fields: JsonObject) => delta({ tool_calls: [{ index, ...fields }] });
    const interleaved = decode(
      call(0, { id: "a", function: { name: "f", arguments: '{"x":' } }),
      call(1, { id: "b", function: { name: "g", arguments: "{" } }),
      call(0, { function: { arguments: "1}" } }),
      call(1, { function: { arguments: "}" } }),
      delta({}, "tool_calls"),
      done,
    );
    expect(callsOf(interleaved)).toEqual([
      { id: "a", tool: "f", input: '{"x":1}' },
      { id: "b", tool: "g", input: "{}" },
    ]);
    const sequential = decode(
      call(0, { id: "a", function: { name: "f", arguments: '{"x":1}' } }),
      call(1, { id: "b", function: { name: "g", arguments: "{}" } }),
      delta({}, "tool_calls"),
      done,
    );
    expect(names(sequential)).toBe(
      "responseStart toolCallStart0 toolCallDelta0 toolCallEnd0 toolCallStart1 toolCallDelta1 toolCallEnd1 finish0",
    );
  });

  test("gives calls without arguments the empty object", () => {
    const events = decode(
      delta({ tool_calls: [{ index: 0, id: "a", function: { name: "f" } }] }),
      delta({}, "stop"),
      done,
    );
    expect(callsOf(events)).toEqual([{ id: "a", tool: "f", input: "{}" }]);
    expect(finishOf(events)?.candidates[0]?.finish).toMatchObject({ reason: FinishReason.TOOL_CALLS, raw: "stop" });
  });

  test("reads custom tools, refusals, sound, pictures and the deprecated function_call", () => {
    const events = decode(
      delta({ refusal: "I can" }),
      delta({ refusal: "not" }),
      delta({ tool_calls: [{ index: 0, id: "a", type: "custom", custom: { name: "sh", input: "l" } }] }),
      delta({ tool_calls: [{ index: 0, custom: { input: "s" } }] }),
      delta({ function_call: { name: "old", arguments: "" } }),
      delta({ function_call: { arguments: "{}" } }),
      delta({ images: [{ type: "image_url", image_url: { url: "data:image/png;base64,AQI=" } }] }),
      delta({ audio: { id: "audio_1", data: "AQI=", transcript: "He" } }),
      delta({ audio: { data: "Aw==", transcript: "y", expires_at: 5 } }),
      delta({}, "function_call"),
      done,
    );
    expect(findStreamFaults(events)).toEqual([]);
    const parts = collectResponse(events).candidates[0]?.parts ?? [];
    expect(parts.map(({ kind }) => kind.case)).toEqual(["refusal", "toolCall", "toolCall", "image", "audio"]);
    expect(parts[0]?.kind.value).toMatchObject({ text: "I cannot" });
    expect(parts[1]?.kind.value).toMatchObject({ tool: "sh", arguments: "ls", toolKind: 1 });
    expect(parts[2]?.kind.value).toMatchObject({ tool: "old", id: "legacy_function_call_chatcmpl1_0_0" });
    expect(parts[4]?.kind.value).toMatchObject({
      id: "audio_1",
      transcript: "Hey",
      media: { source: { value: Buffer.from([1, 2, 3]) } },
    });
  });

  test("takes signed reasoning from reasoning_details, said beside or after the plain text", () => {
    const beside = decode(
      delta({ reasoning: "One", reasoning_details: [{ type: "reasoning.text", text: "One", index: 0 }] }),
      delta({ reasoning: " two", reasoning_details: [{ type: "reasoning.text", text: " two", index: 0 }] }),
      delta({ reasoning: null, reasoning_details: [{ type: "reasoning.text", signature: "c2ln", index: 0 }] }),
      delta({ reasoning_details: [{ type: "reasoning.encrypted", data: "ZW5j", index: 1 }] }),
      delta({ content: "x" }, "stop"),
      done,
    );
    const after = decode(
      delta({ reasoning_content: "One" }),
      delta({ reasoning_content: " two" }),
      delta({ reasoning_details: [{ type: "reasoning.text", text: "One two", signature: "c2ln", index: 0 }] }),
      delta({ reasoning_details: [{ type: "reasoning.encrypted", data: "ZW5j", index: 1 }] }),
      delta({ content: "x" }, "stop"),
      done,
    );
    for (const events of [beside, after]) {
      expect(findStreamFaults(events)).toEqual([]);
      const parts = collectResponse(events).candidates[0]?.parts ?? [];
      expect(parts.map(({ kind }) => kind.value)).toMatchObject([
        { text: "One two", signature: "c2ln", redactedData: "" },
        { text: "", signature: "", redactedData: "ZW5j" },
        { text: "x" },
      ]);
    }
  });

  test("keeps several candidates apart", () => {
    const events = decode(
      chunk([
        { index: 1, delta: { content: "B" } },
        { index: 0, delta: { content: "A" } },
      ]),
      chunk([{ index: 0, delta: {}, finish_reason: "stop" }]),
      chunk([{ index: 1, delta: { content: "b" }, finish_reason: "length" }]),
    );
    expect(findStreamFaults(events)).toEqual([]);
    const { candidates } = collectResponse(events);
    expect(candidates.map(({ parts, finish }) => [parts[0]?.kind.value, finish?.raw])).toMatchObject([
      [{ text: "A" }, "stop"],
      [{ text: "Bb" }, "length"],
    ]);
    expect(
      errorOf(decode(chunk([{ index: 0, delta: {}, finish_reason: "stop" }]), chunk([{ index: 1, delta: {} }])))
        ?.reason,
    ).toBe(ErrorReason.UPSTREAM_TRUNCATED);
  });

  test("waits with the start for the first chunk of the answer, as Azure sends one before", () => {
    const events = decode(
      `data: ${JSON.stringify({ id: "", model: "", object: "", created: 0, choices: [], prompt_filter_results: [{ prompt_index: 0 }] })}\n\n`,
      delta({ content: "Hi" }, null, { content_filter_results: { hate: { filtered: false } } }),
      delta({}, "stop"),
      done,
    );
    const start = events[0]?.event;
    expect(start?.case === "responseStart" && start.value.id).toBe("chatcmpl-1");
    expect(start?.case === "responseStart" && start.value.extensions.map(({ field }) => field)).toEqual([
      "prompt_filter_results",
    ]);
    expect(finishOf(events)?.extensions.map(({ field }) => field)).toEqual(["candidates[0].content_filter_results"]);
  });

  test("keeps log probabilities with their text", () => {
    const logprobs = (token: string) => ({ logprobs: { content: [{ token, logprob: -1 }], refusal: null } });
    const events = decode(
      delta({ role: "assistant", content: "" }, null, { logprobs: { content: [], refusal: null } }),
      delta({ content: "a" }, null, logprobs("a")),
      delta({ content: "" }, null, logprobs("b")),
      delta({}, "stop"),
      done,
    );
    expect(JSON.parse(collectResponse(events).candidates[0]?.logprobsJson ?? "")).toEqual({
      content: [
        { token: "a", logprob: -1 },
        { token: "b", logprob: -1 },
      ],
      refusal: null,
    });
  });

  test("shows a provider's own pings, and says nothing after the end", () => {
    const decoder = openaiChat.createStreamDecoder();
    const event = (data: string, name?: string) =>
      ({ kind: "event", event: name, data, id: undefined, retryMs: undefined }) as const;
    expect(names(decoder.push(event("{}", "ping")))).toBe("ping0");
    expect(errorOf(decoder.push(event('{"message":"overloaded","type":"overloaded_error"}', "error")))?.reason).toBe(
      ErrorReason.UPSTREAM_OVERLOADED,
    );
    expect(decoder.push(event("[DONE]"))).toEqual([]);
    expect(decoder.end()).toEqual([]);
  });
});

test("two calls to which the provider gave one id stay two", () => {
  const call = (index: number, city: string) =>
    delta({ tool_calls: [{ index, id: "same", function: { name: "weather", arguments: JSON.stringify({ city }) } }] });
  const { candidates } = collectResponse(decode(call(0, "Oslo"), call(1, "Bergen"), delta({}, "tool_calls"), done));
  expect(candidates[0]?.parts.map(({ kind }) => kind.value)).toMatchObject([
    { id: "same", arguments: '{"city":"Oslo"}' },
    { id: "same", arguments: '{"city":"Bergen"}' },
  ]);
});
