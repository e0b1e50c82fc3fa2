import { create, equals } from "@bufbuild/protobuf";
import { type TokenUsage, TokenUsageSchema } from "@sluice/api/sluice/common/v1/token_usage";
import type { JsonObject, JsonValue } from "../dialect.ts";
import { arrayOf, isObject, parseJson, stringOf, uint32Of } from "../json.ts";
import type { Changes } from "../parameter-change.ts";
import { messageOf } from "./camel-case.ts";
import type { Draft } from "./wire.ts";

/**
 * Reads `usageMetadata`. Undefined where it reports no tokens (Vertex sends a mere `trafficType` with the first chunks).
 *
 * Google counts thoughts beside the candidates' tokens, and what its tools read beside the prompt's; `totalTokenCount` is the sum of the
 * four (types of `@google/genai` 3.1.0, seen 2026-11-22, and every recording). The prompt's count includes what came from the cache. An
 * output that is not reported beside a total is the rest of it.
 */
export function decodeUsage(value: JsonValue | undefined): TokenUsage | undefined {
  const usage = messageOf(value);
  if (usage === undefined) return undefined;
  const prompt = uint32Of(usage["promptTokenCount"]);
  const toolUse = uint32Of(usage["toolUsePromptTokenCount"]);
  const candidates = uint32Of(usage["candidatesTokenCount"]);
  const thoughts = uint32Of(usage["thoughtsTokenCount"]);
  const total = uint32Of(usage["totalTokenCount"]);
  const input = sum(prompt, toolUse);
  const output = sum(candidates, thoughts) ?? remainder(total, input);
  if (input === undefined && output === undefined) return undefined;
  const inputDetails = [...arrayOf(usage["promptTokensDetails"]), ...arrayOf(usage["toolUsePromptTokensDetails"])];
  return create(TokenUsageSchema, {
    inputTokens: input,
    cacheReadInputTokens: uint32Of(usage["cachedContentTokenCount"]),
    audioInputTokens: countModality(inputDetails, "AUDIO"),
    imageInputTokens: countModality(inputDetails, "IMAGE"),
    outputTokens: output,
    reasoningOutputTokens: thoughts,
    audioOutputTokens: countModality(arrayOf(usage["candidatesTokensDetails"]), "AUDIO"),
  });
}

/** The class of service that was given (`flex`, `priority`, `standard`). Empty: not said. */
export function readServedTier(value: JsonValue | undefined): string {
  return (stringOf(messageOf(value)?.["serviceTier"]) ?? "").slice(0, 64);
}

function sum(first: number | undefined, second: number | undefined): number | undefined {
  return first === undefined && second === undefined ? undefined : (first ?? 0) + (second ?? 0);
}

function remainder(total: number | undefined, part: number | undefined): number | undefined {
  return total === undefined || part === undefined || total < part ? undefined : total - part;
}

function countModality(details: readonly JsonValue[], modality: string): number | undefined {
  let count: number | undefined;
  for (const entry of details) {
    const detail = messageOf(entry);
    if (detail?.["modality"] === modality) count = (count ?? 0) + (uint32Of(detail["tokenCount"]) ?? 0);
  }
  return count;
}

/**
 * `usageMetadata` for a client: the provider's own (`usageJson`) where it is Google's and says the same, else made from the hub's, with only
 * what was reported. Undefined where nothing was.
 */
export function encodeUsage(
  usage: TokenUsage | undefined,
  usageJson: string,
  serviceTier: string,
): JsonObject | undefined {
  if (usage === undefined) return serviceTier === "" ? undefined : { serviceTier };
  const reported = usageJson === "" ? undefined : parseJson(usageJson);
  const decoded = decodeUsage(reported);
  if (decoded !== undefined && isObject(reported) && equals(TokenUsageSchema, decoded, usage)) return reported;
  const encoded: Draft = {};
  const { inputTokens, outputTokens, reasoningOutputTokens } = usage;
  set(encoded, "promptTokenCount", inputTokens);
  set(encoded, "cachedContentTokenCount", usage.cacheReadInputTokens);
  const candidates =
    reasoningOutputTokens === undefined ? outputTokens : remainder(outputTokens, reasoningOutputTokens);
  set(encoded, "candidatesTokenCount", candidates);
  set(encoded, "thoughtsTokenCount", reasoningOutputTokens);
  if (inputTokens !== undefined && outputTokens !== undefined) encoded["totalTokenCount"] = inputTokens + outputTokens;
  const inputDetails = encodeDetails({ AUDIO: usage.audioInputTokens, IMAGE: usage.imageInputTokens });
  if (inputDetails.length > 0) encoded["promptTokensDetails"] = inputDetails;
  const outputDetails = encodeDetails({ AUDIO: usage.audioOutputTokens });
  if (outputDetails.length > 0) encoded["candidatesTokensDetails"] = outputDetails;
  if (serviceTier !== "") encoded["serviceTier"] = serviceTier;
  return encoded;
}

/** The class of service that was given, for a client: OpenAI's word for the usual one gives way to Google's. */
export function encodeServedTier(tier: string, changes: Changes): string {
  if (tier !== "default") return tier;
  changes.convert("service_tier", "standard");
  return "standard";
}

/** Reports the classes of tokens that Google does not tell apart: they are counted in the totals. */
export function reportUntoldUsage(usage: TokenUsage | undefined, changes: Changes): void {
  const untold = [
    ["cache_write_input_tokens", usage?.cacheWriteInputTokens],
    ["web_search_requests", usage?.webSearchRequests],
    ["accepted_prediction_tokens", usage?.acceptedPredictionTokens],
    ["rejected_prediction_tokens", usage?.rejectedPredictionTokens],
  ] as const;
  for (const [field, count] of untold) if (count) changes.drop(`usage.${field}`, "Google does not tell them apart");
}

function encodeDetails(counts: Readonly<Record<string, number | undefined>>): JsonObject[] {
  return Object.entries(counts).flatMap(([modality, tokenCount]) =>
    tokenCount === undefined ? [] : [{ modality, tokenCount }],
  );
}

function set(target: Draft, field: string, count: number | undefined): void {
  if (count !== undefined) target[field] = count;
}
