import { FinishReason } from "@sluice/api/sluice/chat/v1/chat_response";
import { expect, test } from "vitest";
import { decodeFinish, encodeFinish } from "./finish-reason.ts";

test.each([
  ["stop", false, FinishReason.STOP, "stop"],
  ["stop", true, FinishReason.TOOL_CALLS, "tool_calls"],
  ["eos", false, FinishReason.STOP, "stop"],
  ["length", true, FinishReason.LENGTH, "length"],
  ["tool_calls", true, FinishReason.TOOL_CALLS, "tool_calls"],
  ["function_call", true, FinishReason.TOOL_CALLS, "function_call"],
  ["content_filter", false, FinishReason.CONTENT_FILTER, "content_filter"],
  ["toString", false, FinishReason.OTHER, "toString"],
  ["", false, FinishReason.UNSPECIFIED, null],
  [undefined, true, FinishReason.UNSPECIFIED, null],
])("%s, called a tool: %s", (raw, calledTool, reason, written) => {
  const finish = decodeFinish(raw, calledTool);
  expect(finish).toMatchObject({ reason, raw: raw ?? "" });
  expect(encodeFinish(finish)).toBe(written);
});

test("writes other dialects' reasons in OpenAI's words, and never a stop that nobody said", () => {
  const write = (reason: FinishReason, raw: string) => encodeFinish({ ...decodeFinish("", false), reason, raw });
  expect(write(FinishReason.STOP, "end_turn")).toBe("stop");
  expect(write(FinishReason.TOOL_CALLS, "tool_use")).toBe("tool_calls");
  expect(write(FinishReason.REFUSAL, "refusal")).toBe("content_filter");
  expect(write(FinishReason.PAUSE, "pause_turn")).toBe("pause_turn");
  expect(write(FinishReason.OTHER, "")).toBeNull();
  expect(encodeFinish(undefined)).toBeNull();
});
