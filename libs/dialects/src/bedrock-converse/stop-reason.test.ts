import { create } from "@bufbuild/protobuf";
import { FinishReason, FinishSchema } from "@sluice/api/sluice/chat/v1/chat_response";
import { expect, test } from "vitest";
import { decodeStopReason, encodeStopReason } from "./stop-reason.ts";

test.each([
  ["end_turn", FinishReason.STOP],
  ["stop_sequence", FinishReason.STOP],
  ["max_tokens", FinishReason.LENGTH],
  ["model_context_window_exceeded", FinishReason.LENGTH],
  ["tool_use", FinishReason.TOOL_CALLS],
  ["content_filtered", FinishReason.CONTENT_FILTER],
  ["guardrail_intervened", FinishReason.CONTENT_FILTER],
  ["refusal", FinishReason.REFUSAL],
  ["pause_turn", FinishReason.PAUSE],
  ["malformed_tool_use", FinishReason.OTHER],
])("%s returns as it came", (raw, reason) => {
  const finish = decodeStopReason(raw, undefined);
  expect(finish).toMatchObject({ reason, raw });
  expect(encodeStopReason(finish).stopReason).toBe(raw);
});

test("no reason is none", () => {
  const finish = decodeStopReason(undefined, undefined);
  expect(finish).toMatchObject({ reason: FinishReason.UNSPECIFIED, raw: "" });
  expect(encodeStopReason(finish).stopReason).toBeUndefined();
});

test.each([
  ["in an answer", { stop_sequence: "END" }],
  ["in a stream", { delta: { stop_sequence: "END" } }],
])("the stop sequence that was met, %s", (_, additional) => {
  expect(decodeStopReason("stop_sequence", additional).stopSequence).toBe("END");
});

test.each([
  [{ reason: FinishReason.STOP, raw: "stop" }, "end_turn", false],
  [{ reason: FinishReason.STOP, raw: "stop", stopSequence: "END" }, "stop_sequence", false],
  [{ reason: FinishReason.LENGTH, raw: "length" }, "max_tokens", false],
  [{ reason: FinishReason.TOOL_CALLS, raw: "tool_calls" }, "tool_use", false],
  [{ reason: FinishReason.CONTENT_FILTER, raw: "content_filter" }, "content_filtered", false],
  [{ reason: FinishReason.OTHER, raw: "eos" }, "eos", true],
] as const)("another provider's %j", (finish, stopReason, reported) => {
  const encoded = encodeStopReason(create(FinishSchema, finish));
  expect(encoded.stopReason).toBe(stopReason);
  expect(encoded.conversion !== undefined).toBe(reported);
});
