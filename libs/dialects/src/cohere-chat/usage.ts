import { create, equals } from "@bufbuild/protobuf";
import { type TokenUsage, TokenUsageSchema } from "@sluice/api/sluice/common/v1/token_usage";
import type { JsonObject, JsonValue } from "../dialect.ts";
import { isObject, objectOf, parseJson, uint32Of } from "../json.ts";
import type { Draft } from "./wire.ts";

/**
 * Reads a `usage` object. Undefined where it reports no tokens. `tokens` is what the model read and wrote, Cohere's own preamble included;
 * `billed_units`, which leaves the preamble out, is what is charged, and counts where there are no `tokens`.
 */
export function decodeUsage(usage: JsonValue | undefined): TokenUsage | undefined {
  if (!isObject(usage)) return undefined;
  const tokens = objectOf(usage["tokens"]);
  const billed = objectOf(usage["billed_units"]);
  const input = uint32Of(tokens?.["input_tokens"]) ?? uint32Of(billed?.["input_tokens"]);
  const output = uint32Of(tokens?.["output_tokens"]) ?? uint32Of(billed?.["output_tokens"]);
  if (input === undefined && output === undefined) return undefined;
  const cached = uint32Of(usage["cached_tokens"]);
  const billedInput = uint32Of(billed?.["input_tokens"]);
  const billedOutput = uint32Of(billed?.["output_tokens"]);
  return create(TokenUsageSchema, {
    ...(input !== undefined && { inputTokens: input }),
    ...(output !== undefined && { outputTokens: output }),
    ...(cached !== undefined && { cacheReadInputTokens: cached }),
    ...(tokens !== undefined && billedInput !== undefined && { billedInputTokens: billedInput }),
    ...(tokens !== undefined && billedOutput !== undefined && { billedOutputTokens: billedOutput }),
  });
}

/** The `usage` object for a client: the provider's own where it is of this dialect and says the same, else with only what was reported. */
export function encodeUsage(usage: TokenUsage | undefined, usageJson: string): JsonObject | undefined {
  if (usage === undefined) return undefined;
  const reported = usageJson === "" ? undefined : parseJson(usageJson);
  const decoded = decodeUsage(reported);
  if (decoded !== undefined && isObject(reported) && equals(TokenUsageSchema, decoded, usage)) return reported;
  const tokens: Draft = {};
  if (usage.inputTokens !== undefined) tokens["input_tokens"] = usage.inputTokens;
  if (usage.outputTokens !== undefined) tokens["output_tokens"] = usage.outputTokens;
  return {
    ...(Object.keys(tokens).length > 0 && { tokens }),
    ...(usage.cacheReadInputTokens !== undefined && { cached_tokens: usage.cacheReadInputTokens }),
  };
}
