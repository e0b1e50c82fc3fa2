import { FinishReason } from "@sluice/api/sluice/chat/v1/chat_response";
import { ToolCallKind } from "@sluice/api/sluice/chat/v1/content";
import { ErrorReason } from "@sluice/api/sluice/common/v1/error_reason";
import { describe, expect, test } from "vitest";
import { encoderOptions, readSse } from "../../tests/streams.ts";
import { createStreamEvent } from "../stream-event.ts";
import { createStreamEncoder } from "./encode-stream.ts";

type Event = Parameters<typeof createStreamEvent>[0];

const start: Event = { case: "responseStart", value: { serviceTier: "priority" } };
const finish: Event = {
  case: "finish",
  value: {
    candidates: [{ candidate: 0, finish: { reason: FinishReason.STOP, raw: "stop" } }],
    usage: { inputTokens: 3, outputTokens: 4 },
  },
} as Event;

/** The events that are told, each as its type and its data. */
function tell(events: readonly (readonly [part: number, event: Event])[]) {
  const encoder = createStreamEncoder(encoderOptions);
  const text = events.map(([part, event]) => encoder.push({ ...createStreamEvent(event), part })).join("");
  const told = readSse([Buffer.from(text)]).map(({ event, data }) => [event, JSON.parse(data)] as const);
  return { told, changes: encoder.changes().map(({ parameter }) => parameter) };
}

const call = (toolKind: ToolCallKind): Event =>
  ({ case: "toolCallStart", value: { id: "call_1", tool: "look", toolKind } }) as Event;

describe("pieces", () => {
  test("that interleave are told as they come, numbered as they are first told", () => {
    const { told } = tell([
      [0, start],
      [0, { case: "textStart", value: {} }],
      [1, { case: "textStart", value: {} }],
      [2, call(ToolCallKind.UNSPECIFIED)],
      [1, { case: "textDelta", value: { text: "Hi" } }],
      [2, { case: "toolCallDelta", value: { arguments: "{}" } }],
      [1, { case: "textEnd", value: {} }],
      [0, { case: "textEnd", value: {} }],
      [2, { case: "toolCallEnd", value: {} }],
      [0, finish],
    ] as [number, Event][]);
    expect(told).toEqual([
      ["messageStart", { role: "assistant" }],
      ["contentBlockStart", { start: { toolUse: { toolUseId: "call_1", name: "look" } }, contentBlockIndex: 0 }],
      ["contentBlockDelta", { delta: { text: "Hi" }, contentBlockIndex: 1 }],
      ["contentBlockDelta", { delta: { toolUse: { input: "{}" } }, contentBlockIndex: 0 }],
      ["contentBlockStop", { contentBlockIndex: 1 }],
      ["contentBlockStop", { contentBlockIndex: 0 }],
      ["messageStop", { stopReason: "end_turn" }],
      ["metadata", { usage: { inputTokens: 3, outputTokens: 4, totalTokens: 7 }, serviceTier: { type: "priority" } }],
    ]);
  });

  test("of free text are an object with one string", () => {
    const { told, changes } = tell([
      [0, start],
      [0, call(ToolCallKind.CUSTOM)],
      [0, { case: "toolCallDelta", value: { arguments: 'say "hi"\n' } }],
      [0, { case: "toolCallEnd", value: {} }],
    ] as [number, Event][]);
    const input = told.map(([, data]) => data.delta?.toolUse.input ?? "").join("");
    expect(JSON.parse(input)).toEqual({ input: 'say "hi"\n' });
    expect(changes).toEqual(["tool_calls.input"]);
  });

  test("of reasoning end in their signature, told once", () => {
    const { told } = tell([
      [0, start],
      [0, { case: "reasoningStart", value: { signer: "anthropic" } }],
      [0, { case: "reasoningDelta", value: { text: "Hm.", signature: "c2" } }],
      [0, { case: "reasoningDelta", value: { signature: "ln" } }],
      [0, { case: "reasoningEnd", value: {} }],
    ] as [number, Event][]);
    expect(told.slice(1)).toEqual([
      ["contentBlockDelta", { delta: { reasoningContent: { text: "Hm." } }, contentBlockIndex: 0 }],
      ["contentBlockDelta", { delta: { reasoningContent: { signature: "c2ln" } }, contentBlockIndex: 0 }],
      ["contentBlockStop", { contentBlockIndex: 0 }],
    ]);
  });
});

describe("ends", () => {
  test("an error is an exception, and nothing comes after it", () => {
    const { told } = tell([
      [0, start],
      [0, { case: "error", value: { reason: ErrorReason.UPSTREAM_RATE_LIMITED, message: "Too many." } }],
      [0, finish],
    ] as [number, Event][]);
    expect(told).toEqual([
      ["messageStart", { role: "assistant" }],
      ["throttlingException", { message: "Too many." }],
    ]);
  });

  test("a stop is never made up", () => {
    const { told } = tell([
      [0, start],
      [0, { case: "textStart", value: {} }],
      [0, { case: "textDelta", value: { text: "Hi" } }],
    ] as [number, Event][]);
    expect(told.map(([type]) => type)).not.toContain("messageStop");
  });
});
