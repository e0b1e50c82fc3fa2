import type { ChatRequest } from "@sluice/api/sluice/chat/v1/chat_request";
import type { Crossing } from "./crossing.ts";
import type { ModelTraits } from "./model-traits.ts";
import type { Draft } from "./wire.ts";

/** While a model thinks, `top_p` may be no less (extended thinking, "feature compatibility", seen 2026-11-22). */
export const minTopPWhileThinking = 0.95;

/** `temperature`, `top_p`, `top_k` and `stop_sequences`, within what the model takes; the rest is reported. */
export function encodeSampling(request: ChatRequest, thinks: boolean, traits: ModelTraits, crossing: Crossing): Draft {
  const { changes } = crossing;
  const sampling: Draft = {};
  const { temperature, topP, topK } = request;
  if (!traits.sampling) {
    // 1 is the default, and means the same left out.
    if (temperature !== undefined && temperature !== 1) changes.drop("temperature", "the model takes none");
    if (topP !== undefined && topP !== 1) changes.drop("top_p", "the model takes none");
    if (topK !== undefined) changes.drop("top_k", "the model takes none");
    return { ...sampling, ...encodeStops(request.stopSequences, crossing) };
  }
  if (temperature !== undefined) {
    if (thinks && temperature !== 1) {
      changes.drop("temperature", "a model that thinks takes 1 only");
    } else {
      sampling["temperature"] = Math.min(temperature, 1);
      if (temperature > 1) changes.clamp("temperature", "1: Anthropic takes 0 to 1");
    }
  }
  if (topP !== undefined) {
    if (sampling["temperature"] !== undefined && !traits.temperatureWithTopP) {
      changes.drop("top_p", "the model takes temperature or top_p, not both");
    } else {
      sampling["top_p"] = thinks ? Math.max(topP, minTopPWhileThinking) : topP;
      if (sampling["top_p"] !== topP)
        changes.clamp("top_p", `${minTopPWhileThinking}: a model that thinks takes no less`);
    }
  }
  if (topK !== undefined) {
    if (thinks) changes.drop("top_k", "a model that thinks takes none");
    else sampling["top_k"] = topK;
  }
  return { ...sampling, ...encodeStops(request.stopSequences, crossing) };
}

function encodeStops(sequences: readonly string[], { changes }: Crossing): Draft {
  const kept = sequences.filter((sequence) => sequence.trim() !== "");
  if (kept.length < sequences.length) changes.drop("stop", "Anthropic takes no stop sequence of white space only");
  return kept.length === 0 ? {} : { stop_sequences: kept };
}
