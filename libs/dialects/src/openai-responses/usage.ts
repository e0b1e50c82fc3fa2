import { create, equals } from "@bufbuild/protobuf";
import { type TokenUsage, TokenUsageSchema } from "@sluice/api/sluice/common/v1/token_usage";
import type { JsonObject, JsonValue } from "../dialect.ts";
import { isObject, objectOf, parseJson, uint32Of } from "../json.ts";

/**
 * Reads the `usage` of a response. Undefined where it reports no tokens. Searches are counted beside it, in `tool_usage` of the response.
 * Reasoning is within `output_tokens`; where the total says that a provider counts it beside them, it is added.
 */
export function decodeUsage(usage: JsonValue | undefined, toolUsage?: JsonValue | undefined): TokenUsage | undefined {
  if (!isObject(usage)) return undefined;
  const input = uint32Of(usage["input_tokens"]);
  let output = uint32Of(usage["output_tokens"]);
  if (input === undefined && output === undefined) return undefined;
  const inputDetails = objectOf(usage["input_tokens_details"]);
  const outputDetails = objectOf(usage["output_tokens_details"]);
  const reasoning = uint32Of(outputDetails?.["reasoning_tokens"]);
  if (input !== undefined && output !== undefined && reasoning !== undefined && reasoning > 0) {
    if (uint32Of(usage["total_tokens"]) === input + output + reasoning) output += reasoning;
  }
  return create(TokenUsageSchema, {
    inputTokens: input,
    cacheReadInputTokens: uint32Of(inputDetails?.["cached_tokens"]),
    cacheWriteInputTokens: uint32Of(inputDetails?.["cache_write_tokens"]),
    audioInputTokens: uint32Of(inputDetails?.["audio_tokens"]),
    imageInputTokens: uint32Of(inputDetails?.["image_tokens"]),
    outputTokens: output,
    reasoningOutputTokens: reasoning,
    audioOutputTokens: uint32Of(outputDetails?.["audio_tokens"]),
    webSearchRequests: uint32Of(objectOf(objectOf(toolUsage)?.["web_search"])?.["num_requests"]),
  });
}

/**
 * The `usage` object for a client. The provider's own (`usageJson`) where it is of this dialect and says the same; else made from the hub's,
 * with only what was reported. Null where nothing was.
 */
export function encodeUsage(usage: TokenUsage | undefined, usageJson: string): JsonObject | null {
  if (usage === undefined) return null;
  const reported = usageJson === "" ? undefined : parseJson(usageJson);
  const decoded = decodeUsage(reported);
  if (decoded !== undefined && isObject(reported)) {
    const webSearchRequests = usage.webSearchRequests;
    if (equals(TokenUsageSchema, { ...decoded, webSearchRequests } as TokenUsage, usage)) return reported;
  }
  const { inputTokens, outputTokens } = usage;
  return {
    ...count("input_tokens", inputTokens),
    ...details("input_tokens_details", "cached_tokens", usage.cacheReadInputTokens, {
      ...count("cache_write_tokens", usage.cacheWriteInputTokens),
      ...count("audio_tokens", usage.audioInputTokens),
      ...count("image_tokens", usage.imageInputTokens),
    }),
    ...count("output_tokens", outputTokens),
    ...details("output_tokens_details", "reasoning_tokens", usage.reasoningOutputTokens, {
      ...count("audio_tokens", usage.audioOutputTokens),
    }),
    ...(inputTokens !== undefined && outputTokens !== undefined && { total_tokens: inputTokens + outputTokens }),
  };
}

/**
 * The parts of a total. `main` is the one that clients (Codex) demand wherever there are any: where only others were reported it was none, and
 * where nothing was reported nothing is told.
 */
function details(field: string, main: string, value: number | undefined, others: JsonObject): JsonObject {
  if (value === undefined && Object.keys(others).length === 0) return {};
  return { [field]: { [main]: value ?? 0, ...others } };
}

function count(field: string, value: number | undefined): JsonObject {
  return value === undefined ? {} : { [field]: value };
}
