import { create } from "@bufbuild/protobuf";
import { FinishReason, FinishSchema } from "@sluice/api/sluice/chat/v1/chat_response";
import { describe, expect, it } from "vitest";
import { decodeStopReason, encodeStopReason } from "./stop-reason.ts";

const documented: readonly (readonly [string, FinishReason])[] = [
  ["end_turn", FinishReason.STOP],
  ["max_tokens", FinishReason.LENGTH],
  ["stop_sequence", FinishReason.STOP],
  ["tool_use", FinishReason.TOOL_CALLS],
  ["pause_turn", FinishReason.PAUSE],
  ["compaction", FinishReason.PAUSE],
  ["refusal", FinishReason.REFUSAL],
  ["model_context_window_exceeded", FinishReason.LENGTH],
];

describe("stop reasons", () => {
  it.each(documented)("%s is read, kept and told again", (word, reason) => {
    const finish = decodeStopReason(word, word === "stop_sequence" ? "END" : null);
    expect(finish).toMatchObject({ reason, raw: word });
    expect(encodeStopReason(finish, false)).toEqual({
      stop_reason: word,
      stop_sequence: word === "stop_sequence" ? "END" : null,
      conversion: undefined,
    });
  });

  it("does not make one up", () => {
    expect(decodeStopReason(null, null).reason).toBe(FinishReason.UNSPECIFIED);
    expect(encodeStopReason(decodeStopReason(undefined, undefined), false).stop_reason).toBeNull();
    expect(encodeStopReason(undefined, false).stop_reason).toBeNull();
  });

  it("keeps a reason it does not know", () => {
    const finish = decodeStopReason("solar_flare", null);
    expect(finish.reason).toBe(FinishReason.OTHER);
    expect(encodeStopReason(finish, false)).toMatchObject({ stop_reason: "solar_flare" });
  });

  it.each([
    [FinishReason.STOP, "stop", false, "end_turn", false],
    [FinishReason.STOP, "stop", true, "refusal", true],
    [FinishReason.LENGTH, "length", false, "max_tokens", false],
    [FinishReason.TOOL_CALLS, "tool_calls", false, "tool_use", false],
    [FinishReason.CONTENT_FILTER, "content_filter", false, "refusal", true],
    [FinishReason.OTHER, "error", false, "error", true],
  ])("turns reason %s of another dialect (%s, refused: %s) into %s", (reason, raw, refused, word, isReported) => {
    const encoded = encodeStopReason(create(FinishSchema, { reason, raw }), refused);
    expect(encoded.stop_reason).toBe(word);
    expect(encoded.conversion !== undefined).toBe(isReported);
  });
});
