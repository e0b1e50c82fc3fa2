import { create } from "@bufbuild/protobuf";
import { type Finish, FinishReason, FinishSchema } from "@sluice/api/sluice/chat/v1/chat_response";
import type { Changes } from "../parameter-change.ts";

// The types of Cohere's own SDK (npm `cohere-ai` 8.1.0, seen 2026-11-22); ERROR_TOXIC and ERROR_LIMIT are words of its first API.
const reasons: Readonly<Record<string, FinishReason>> = {
  COMPLETE: FinishReason.STOP,
  STOP_SEQUENCE: FinishReason.STOP,
  MAX_TOKENS: FinishReason.LENGTH,
  ERROR_LIMIT: FinishReason.LENGTH,
  TOOL_CALL: FinishReason.TOOL_CALLS,
  ERROR_TOXIC: FinishReason.CONTENT_FILTER,
};

/** Ends that are errors, not answers. */
const errors: ReadonlySet<string> = new Set(["ERROR", "TIMEOUT"]);

export function isErrorFinish(raw: string | undefined): raw is string {
  return raw !== undefined && errors.has(raw);
}

/** Brings `finish_reason` to the hub's vocabulary. Which stop sequence was met is not said. */
export function decodeFinish(raw: string | undefined): Finish {
  const word = (raw ?? "").slice(0, 256);
  const known = Object.hasOwn(reasons, word) ? reasons[word] : undefined;
  return create(FinishSchema, {
    reason: known ?? (word === "" ? FinishReason.UNSPECIFIED : FinishReason.OTHER),
    raw: word,
  });
}

/** The `finish_reason` for a client; undefined where the provider gave none. */
export function encodeFinish(finish: Finish | undefined, changes: Changes): string | undefined {
  if (finish === undefined) return undefined;
  if (finish.stopSequence !== undefined) changes.drop("stop_sequence", "Cohere does not say which one was met");
  if (Object.hasOwn(reasons, finish.raw) && reasons[finish.raw] === finish.reason) return finish.raw;
  switch (finish.reason) {
    case FinishReason.STOP:
      return finish.stopSequence === undefined ? "COMPLETE" : "STOP_SEQUENCE";
    case FinishReason.LENGTH:
      return "MAX_TOKENS";
    case FinishReason.TOOL_CALLS:
      return "TOOL_CALL";
    case FinishReason.REFUSAL:
      changes.convert("finish_reason", "a refusal told as ERROR_TOXIC");
      return "ERROR_TOXIC";
    case FinishReason.CONTENT_FILTER:
      return "ERROR_TOXIC";
    case FinishReason.UNSPECIFIED:
      return undefined;
    default:
      // A pause, and what no dialect has in common: the provider's own word, rather than a COMPLETE that nobody said.
      return finish.raw === "" ? undefined : finish.raw;
  }
}
