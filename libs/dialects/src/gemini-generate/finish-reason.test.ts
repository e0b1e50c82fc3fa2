import { create } from "@bufbuild/protobuf";
import { FinishReason, FinishSchema } from "@sluice/api/sluice/chat/v1/chat_response";
import { expect, test } from "vitest";
import { decodeBlock, decodeFinish, encodeFinish } from "./finish-reason.ts";

test.each([
  ["STOP", false, FinishReason.STOP],
  ["STOP", true, FinishReason.TOOL_CALLS],
  ["MAX_TOKENS", true, FinishReason.LENGTH],
  ["SPII", false, FinishReason.CONTENT_FILTER],
  ["LANGUAGE", false, FinishReason.OTHER],
  ["MALFORMED_FUNCTION_CALL", false, FinishReason.OTHER],
  ["CONTINUATION", false, FinishReason.PAUSE],
  ["toString", false, FinishReason.OTHER],
  ["", true, FinishReason.UNSPECIFIED],
])("%s, with a call: %s", (raw, called, reason) => {
  const finish = decodeFinish(raw, called);
  expect(finish).toMatchObject({ reason, raw });
  if (raw === raw.toUpperCase() && raw !== "") expect(encodeFinish(finish)).toBe(raw);
});

test("whatever blocked a prompt, it is a filter", () => {
  expect(decodeBlock("MODEL_ARMOR")).toMatchObject({ reason: FinishReason.CONTENT_FILTER, raw: "MODEL_ARMOR" });
});

test.each([
  [FinishReason.STOP, "end_turn", "STOP"],
  [FinishReason.TOOL_CALLS, "tool_use", "STOP"],
  [FinishReason.LENGTH, "max_tokens", "MAX_TOKENS"],
  [FinishReason.REFUSAL, "refusal", "SAFETY"],
  [FinishReason.PAUSE, "pause_turn", "OTHER"],
  [FinishReason.OTHER, "tired", "OTHER"],
  [FinishReason.UNSPECIFIED, "", "FINISH_REASON_UNSPECIFIED"],
  // Another provider's word that is Google's too, and means something else.
  [FinishReason.STOP, "OTHER", "STOP"],
])("%s (%s) is told as %s", (reason, raw, expected) => {
  expect(encodeFinish(create(FinishSchema, { reason, raw }))).toBe(expected);
});
