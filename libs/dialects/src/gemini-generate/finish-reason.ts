import { create } from "@bufbuild/protobuf";
import { type Finish, FinishReason, FinishSchema } from "@sluice/api/sluice/chat/v1/chat_response";

// `FinishReason` and `BlockedReason` of Google's SDK (npm `@google/genai` 3.1.0, seen 2026-11-22).
const reasons: Readonly<Record<string, FinishReason>> = {
  FINISH_REASON_UNSPECIFIED: FinishReason.UNSPECIFIED,
  STOP: FinishReason.STOP,
  MAX_TOKENS: FinishReason.LENGTH,
  SAFETY: FinishReason.CONTENT_FILTER,
  RECITATION: FinishReason.CONTENT_FILTER,
  BLOCKLIST: FinishReason.CONTENT_FILTER,
  PROHIBITED_CONTENT: FinishReason.CONTENT_FILTER,
  SPII: FinishReason.CONTENT_FILTER,
  IMAGE_SAFETY: FinishReason.CONTENT_FILTER,
  IMAGE_PROHIBITED_CONTENT: FinishReason.CONTENT_FILTER,
  IMAGE_RECITATION: FinishReason.CONTENT_FILTER,
  // Continued by sending the request again with the token that came with it.
  CONTINUATION: FinishReason.PAUSE,
  LANGUAGE: FinishReason.OTHER,
  OTHER: FinishReason.OTHER,
  MALFORMED_FUNCTION_CALL: FinishReason.OTHER,
  UNEXPECTED_TOOL_CALL: FinishReason.OTHER,
  TOO_MANY_TOOL_CALLS: FinishReason.OTHER,
  MALFORMED_RESPONSE: FinishReason.OTHER,
  NO_IMAGE: FinishReason.OTHER,
  IMAGE_OTHER: FinishReason.OTHER,
};

/** Brings `finishReason` to the hub's vocabulary. A call of a function ends in STOP too: it is TOOL_CALLS. No word is no reason. */
export function decodeFinish(raw: string | undefined, calledTool: boolean): Finish {
  const word = (raw ?? "").slice(0, 256);
  let reason = word === "" ? FinishReason.UNSPECIFIED : Object.hasOwn(reasons, word) ? reasons[word] : undefined;
  if (reason === FinishReason.STOP && calledTool) reason = FinishReason.TOOL_CALLS;
  return create(FinishSchema, { reason: reason ?? FinishReason.OTHER, raw: word });
}

/** The finish of an answer that was not given because of what was asked: `promptFeedback.blockReason`, whatever it says. */
export function decodeBlock(blockReason: string): Finish {
  return create(FinishSchema, { reason: FinishReason.CONTENT_FILTER, raw: blockReason.slice(0, 256) });
}

/** The `finishReason` for a client: Google's own word as it came, else the nearest. `FINISH_REASON_UNSPECIFIED` where none was given. */
export function encodeFinish(finish: Finish | undefined): string {
  const own = finish !== undefined && Object.hasOwn(reasons, finish.raw) ? reasons[finish.raw] : undefined;
  if (own !== undefined && (own === finish?.reason || finish?.reason === FinishReason.TOOL_CALLS)) return finish.raw;
  switch (finish?.reason) {
    case FinishReason.STOP:
    case FinishReason.TOOL_CALLS:
      return "STOP";
    case FinishReason.LENGTH:
      return "MAX_TOKENS";
    case FinishReason.CONTENT_FILTER:
    case FinishReason.REFUSAL:
      return "SAFETY";
    case FinishReason.UNSPECIFIED:
    case undefined:
      return "FINISH_REASON_UNSPECIFIED";
    default:
      // Not CONTINUATION for a pause: Google's SDK would send the request again with a token that there is not.
      return "OTHER";
  }
}
