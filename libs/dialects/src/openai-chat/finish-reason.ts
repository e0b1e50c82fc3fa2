import { create } from "@bufbuild/protobuf";
import { type Finish, FinishReason, FinishSchema } from "@sluice/api/sluice/chat/v1/chat_response";

// The types of OpenAI's own SDK (npm `openai` 7.57.0, seen 2026-11-22). `eos` and `eos_token` are words of open-model servers
// (Together, TGI), `model_length` of Mistral, `tool_use` and `end_turn` of proxies in front of Anthropic.
const reasons: Readonly<Record<string, FinishReason>> = {
  stop: FinishReason.STOP,
  eos: FinishReason.STOP,
  eos_token: FinishReason.STOP,
  end_turn: FinishReason.STOP,
  stop_sequence: FinishReason.STOP,
  length: FinishReason.LENGTH,
  model_length: FinishReason.LENGTH,
  max_tokens: FinishReason.LENGTH,
  tool_calls: FinishReason.TOOL_CALLS,
  tool_use: FinishReason.TOOL_CALLS,
  function_call: FinishReason.TOOL_CALLS,
  content_filter: FinishReason.CONTENT_FILTER,
};

/**
 * Brings `finish_reason` to the hub's vocabulary. An empty word is none. A call of a tool that ends in `stop` waits for its result all the
 * same (OpenAI itself says `stop` where `tool_choice` names the tool, others always): it is TOOL_CALLS, with `stop` kept as the raw word.
 */
export function decodeFinish(raw: string | undefined, calledTool: boolean, stopSequence?: string): Finish {
  const word = (raw ?? "").slice(0, 256);
  let reason = word === "" ? FinishReason.UNSPECIFIED : Object.hasOwn(reasons, word) ? reasons[word] : undefined;
  if (reason === FinishReason.STOP && calledTool) reason = FinishReason.TOOL_CALLS;
  return create(FinishSchema, {
    reason: reason ?? FinishReason.OTHER,
    raw: word,
    ...(stopSequence === undefined ? {} : { stopSequence }),
  });
}

const openaiWords: ReadonlySet<string> = new Set(["stop", "length", "tool_calls", "content_filter", "function_call"]);

/** The `finish_reason` for a client; null where the provider gave none. */
export function encodeFinish(finish: Finish | undefined): string | null {
  if (finish === undefined) return null;
  if (openaiWords.has(finish.raw) && reasons[finish.raw] === finish.reason) return finish.raw;
  switch (finish.reason) {
    case FinishReason.STOP:
      return "stop";
    case FinishReason.LENGTH:
      return "length";
    case FinishReason.TOOL_CALLS:
      return "tool_calls";
    case FinishReason.CONTENT_FILTER:
    case FinishReason.REFUSAL:
      return "content_filter";
    case FinishReason.UNSPECIFIED:
      return null;
    default:
      // A pause, and what no dialect has in common: the provider's own word, rather than a `stop` that nobody said.
      return finish.raw === "" ? null : finish.raw;
  }
}
