import { create } from "@bufbuild/protobuf";
import { type Finish, FinishReason, FinishSchema } from "@sluice/api/sluice/chat/v1/chat_response";
import type { JsonValue } from "../dialect.ts";
import { stringOf } from "../json.ts";

/** Stop reasons as documented (platform.claude.com/docs/en/build-with-claude/handling-stop-reasons, seen 2026-11-22). */
const reasons: ReadonlyMap<string, FinishReason> = new Map([
  ["end_turn", FinishReason.STOP],
  ["stop_sequence", FinishReason.STOP],
  ["max_tokens", FinishReason.LENGTH],
  ["model_context_window_exceeded", FinishReason.LENGTH],
  ["tool_use", FinishReason.TOOL_CALLS],
  ["pause_turn", FinishReason.PAUSE],
  // The API stopped after compacting; sending the answer back goes on (beta).
  ["compaction", FinishReason.PAUSE],
  ["refusal", FinishReason.REFUSAL],
]);

/** `stop_reason` and `stop_sequence` as they came. No reason gives FINISH_REASON_UNSPECIFIED: none is made up. */
export function decodeStopReason(stopReason: JsonValue | undefined, stopSequence: JsonValue | undefined): Finish {
  const raw = stringOf(stopReason) ?? "";
  const sequence = stringOf(stopSequence);
  const reason = raw === "" ? FinishReason.UNSPECIFIED : (reasons.get(raw) ?? FinishReason.OTHER);
  return create(FinishSchema, {
    reason,
    raw: raw.slice(0, 256),
    ...(sequence !== undefined && { stopSequence: sequence }),
  });
}

export type EncodedStopReason = {
  readonly stop_reason: string | null;
  readonly stop_sequence: string | null;
  /** What was lost or bent, for the report. Undefined: nothing. */
  readonly conversion: string | undefined;
};

/** Null where the provider said nothing: a stop is never made up. */
export function encodeStopReason(finish: Finish | undefined, refused: boolean): EncodedStopReason {
  const stop_sequence = finish?.stopSequence ?? null;
  const encoded = (stop_reason: string | null, conversion?: string): EncodedStopReason => ({
    stop_reason,
    stop_sequence,
    conversion,
  });
  if (finish === undefined) return encoded(null);
  if (reasons.get(finish.raw) === finish.reason) return encoded(finish.raw);
  switch (finish.reason) {
    case FinishReason.STOP:
      if (refused) return encoded("refusal", "the model refused in a message of its own");
      return encoded(finish.stopSequence === undefined ? "end_turn" : "stop_sequence");
    case FinishReason.LENGTH:
      return encoded("max_tokens");
    case FinishReason.TOOL_CALLS:
      return encoded("tool_use");
    case FinishReason.PAUSE:
      return encoded("pause_turn");
    case FinishReason.REFUSAL:
      return encoded("refusal");
    case FinishReason.CONTENT_FILTER:
      return encoded("refusal", "the provider's filter stopped it");
    case FinishReason.OTHER:
      return encoded(finish.raw === "" ? null : finish.raw, "a stop reason that Anthropic does not know");
    default:
      return encoded(finish.raw === "" ? null : finish.raw);
  }
}
