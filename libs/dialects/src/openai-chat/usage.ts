import { create, equals } from "@bufbuild/protobuf";
import { type TokenUsage, TokenUsageSchema } from "@sluice/api/sluice/common/v1/token_usage";
import type { JsonObject, JsonValue } from "../dialect.ts";
import { isObject, objectOf, parseJson, uint32Of } from "../json.ts";

/**
 * Reads a `usage` object. Undefined where it reports no tokens. Beside OpenAI's own fields those of compatible providers are read:
 * cached tokens of DeepSeek (`prompt_cache_hit_tokens`), Moonshot (`cached_tokens`) and Mistral (`num_cached_tokens`), cache writes and
 * searches of OpenRouter, searches of Perplexity.
 *
 * OpenAI counts reasoning within `completion_tokens`; xAI beside it, so that `total_tokens` is the sum of all three (recorded usage of
 * grok-3-mini, and its cost in ticks, say so). Where the total says that, reasoning is added.
 */
export function decodeUsage(usage: JsonValue | undefined): TokenUsage | undefined {
  if (!isObject(usage)) return undefined;
  const input = uint32Of(usage["prompt_tokens"]);
  let output = uint32Of(usage["completion_tokens"]);
  if (input === undefined && output === undefined) return undefined;
  const inputDetails = objectOf(usage["prompt_tokens_details"]);
  const outputDetails = objectOf(usage["completion_tokens_details"]);
  const searches = objectOf(usage["server_tool_use_details"]) ?? objectOf(usage["server_tool_use"]);
  const reasoning = uint32Of(outputDetails?.["reasoning_tokens"]) ?? uint32Of(usage["reasoning_tokens"]);
  if (input !== undefined && output !== undefined && reasoning !== undefined && reasoning > 0) {
    if (uint32Of(usage["total_tokens"]) === input + output + reasoning) output += reasoning;
  }
  return create(TokenUsageSchema, {
    inputTokens: input,
    cacheReadInputTokens:
      uint32Of(inputDetails?.["cached_tokens"]) ??
      uint32Of(usage["prompt_cache_hit_tokens"]) ??
      uint32Of(usage["cached_tokens"]) ??
      uint32Of(usage["num_cached_tokens"]) ??
      uint32Of(usage["cache_read_input_tokens"]),
    cacheWriteInputTokens:
      uint32Of(inputDetails?.["cache_write_tokens"]) ??
      uint32Of(inputDetails?.["cache_creation_tokens"]) ??
      uint32Of(usage["cache_creation_input_tokens"]),
    audioInputTokens: uint32Of(inputDetails?.["audio_tokens"]),
    imageInputTokens: uint32Of(inputDetails?.["image_tokens"]),
    outputTokens: output,
    reasoningOutputTokens: reasoning,
    audioOutputTokens: uint32Of(outputDetails?.["audio_tokens"]),
    webSearchRequests: uint32Of(searches?.["web_search_requests"]) ?? uint32Of(usage["num_search_queries"]),
    acceptedPredictionTokens: uint32Of(outputDetails?.["accepted_prediction_tokens"]),
    rejectedPredictionTokens: uint32Of(outputDetails?.["rejected_prediction_tokens"]),
  });
}

/**
 * The `usage` object for a client. The provider's own (`usageJson`) where it is of this dialect and says the same, so that a client
 * sees each field of it; else made from the hub's, with only what was reported. Undefined where nothing was.
 */
export function encodeUsage(usage: TokenUsage | undefined, usageJson: string): JsonObject | undefined {
  if (usage === undefined) return undefined;
  if (usageJson !== "") {
    const reported = parseJson(usageJson);
    const decoded = decodeUsage(reported);
    if (decoded !== undefined && isObject(reported) && equals(TokenUsageSchema, decoded, usage)) return reported;
  }
  const total =
    usage.inputTokens === undefined || usage.outputTokens === undefined
      ? undefined
      : usage.inputTokens + usage.outputTokens;
  const encoded: Record<string, JsonValue> = {};
  setCount(encoded, "prompt_tokens", usage.inputTokens);
  setCount(encoded, "completion_tokens", usage.outputTokens);
  setCount(encoded, "total_tokens", total);
  const inputDetails: Record<string, JsonValue> = {};
  setCount(inputDetails, "cached_tokens", usage.cacheReadInputTokens);
  setCount(inputDetails, "cache_write_tokens", usage.cacheWriteInputTokens);
  setCount(inputDetails, "audio_tokens", usage.audioInputTokens);
  setCount(inputDetails, "image_tokens", usage.imageInputTokens);
  if (Object.keys(inputDetails).length > 0) encoded["prompt_tokens_details"] = inputDetails;
  const outputDetails: Record<string, JsonValue> = {};
  setCount(outputDetails, "reasoning_tokens", usage.reasoningOutputTokens);
  setCount(outputDetails, "audio_tokens", usage.audioOutputTokens);
  setCount(outputDetails, "accepted_prediction_tokens", usage.acceptedPredictionTokens);
  setCount(outputDetails, "rejected_prediction_tokens", usage.rejectedPredictionTokens);
  if (Object.keys(outputDetails).length > 0) encoded["completion_tokens_details"] = outputDetails;
  if (usage.webSearchRequests !== undefined) {
    encoded["server_tool_use_details"] = { web_search_requests: usage.webSearchRequests };
  }
  return encoded;
}

function setCount(target: Record<string, JsonValue>, field: string, count: number | undefined): void {
  if (count !== undefined) target[field] = count;
}
