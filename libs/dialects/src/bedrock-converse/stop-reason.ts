import { create } from "@bufbuild/protobuf";
import { type Finish, FinishReason, FinishSchema } from "@sluice/api/sluice/chat/v1/chat_response";
import type { JsonValue } from "../dialect.ts";
import { objectOf, stringOf } from "../json.ts";

/** Stop reasons of @aws-sdk/client-bedrock-runtime 3.1164.0 (seen 2026-11-22), and those that Claude's own API adds. */
const reasons: ReadonlyMap<string, FinishReason> = new Map([
  ["end_turn", FinishReason.STOP],
  ["stop_sequence", FinishReason.STOP],
  ["max_tokens", FinishReason.LENGTH],
  ["model_context_window_exceeded", FinishReason.LENGTH],
  ["tool_use", FinishReason.TOOL_CALLS],
  ["content_filtered", FinishReason.CONTENT_FILTER],
  ["guardrail_intervened", FinishReason.CONTENT_FILTER],
  ["refusal", FinishReason.REFUSAL],
  ["pause_turn", FinishReason.PAUSE],
]);

/**
 * `stopReason` as it came; no reason gives FINISH_REASON_UNSPECIFIED: none is made up. The stop sequence that was met stands in
 * `additionalModelResponseFields` where it was asked for, in a stream below `delta`.
 */
export function decodeStopReason(stopReason: JsonValue | undefined, additional: JsonValue | undefined): Finish {
  const raw = stringOf(stopReason) ?? "";
  const fields = objectOf(additional);
  const stopSequence = stringOf(fields?.["stop_sequence"]) ?? stringOf(objectOf(fields?.["delta"])?.["stop_sequence"]);
  return create(FinishSchema, {
    reason: raw === "" ? FinishReason.UNSPECIFIED : (reasons.get(raw) ?? FinishReason.OTHER),
    raw: raw.slice(0, 256),
    ...(stopSequence !== undefined && { stopSequence }),
  });
}

export type EncodedStopReason = {
  /** Undefined where the provider said nothing: a stop is never made up. */
  readonly stopReason: string | undefined;
  /** What was lost or bent, for the report. Undefined: nothing. */
  readonly conversion: string | undefined;
};

export function encodeStopReason(finish: Finish | undefined): EncodedStopReason {
  const encoded = (stopReason: string | undefined, conversion?: string) => ({ stopReason, conversion });
  if (finish === undefined) return encoded(undefined);
  if (reasons.get(finish.raw) === finish.reason) return encoded(finish.raw);
  switch (finish.reason) {
    case FinishReason.STOP:
      return encoded(finish.stopSequence === undefined ? "end_turn" : "stop_sequence");
    case FinishReason.LENGTH:
      return encoded("max_tokens");
    case FinishReason.TOOL_CALLS:
      return encoded("tool_use");
    case FinishReason.CONTENT_FILTER:
      return encoded("content_filtered");
    case FinishReason.REFUSAL:
      return encoded("refusal");
    case FinishReason.PAUSE:
      return encoded("pause_turn");
    case FinishReason.OTHER:
      return encoded(finish.raw === "" ? undefined : finish.raw, "a stop reason that Bedrock does not know");
    default:
      return encoded(finish.raw === "" ? undefined : finish.raw);
  }
}
