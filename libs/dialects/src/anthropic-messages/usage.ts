import { create } from "@bufbuild/protobuf";
import { type TokenUsage, TokenUsageSchema } from "@sluice/api/sluice/common/v1/token_usage";
import type { JsonObject, JsonValue } from "../dialect.ts";
import { arrayOf, isObject, setMember, uint32Of } from "../json.ts";
import type { Changes } from "../parameter-change.ts";
import type { Draft } from "./wire.ts";

/**
 * Members of `usage` that the hub counts; others are kept as extensions `usage.<name>`. `iterations` is counted as far as it must be, and
 * told again it would be counted twice.
 */
export const usageFields: ReadonlySet<string> = new Set([
  "cache_creation",
  "cache_creation_input_tokens",
  "cache_read_input_tokens",
  "input_tokens",
  "iterations",
  "output_tokens",
  "output_tokens_details",
  "server_tool_use",
  "service_tier",
]);

/**
 * Anthropic's `usage` in the hub's form. Its `input_tokens` exclude cache reads and writes, so they are added; thinking is within its
 * `output_tokens`. Tokens of a server-side compaction are not in the top-level counts and are added too; those of an advisor are
 * another model's and are not. (platform.claude.com/docs/en/build-with-claude/{prompt-caching,compaction}, seen 2026-11-22.)
 *
 * Undefined where nothing is counted. A count that is null, absent or no count is absent.
 */
export function decodeUsage(usage: JsonValue | undefined): TokenUsage | undefined {
  if (!isObject(usage)) return undefined;
  const counts = readCounts(usage);
  for (const iteration of arrayOf(usage["iterations"])) {
    if (isObject(iteration) && iteration["type"] === "compaction") addCounts(counts, readCounts(iteration));
  }
  const details = usage["output_tokens_details"];
  const tools = usage["server_tool_use"];
  const init = {
    ...counts,
    ...present("reasoningOutputTokens", isObject(details) ? uint32Of(details["thinking_tokens"]) : undefined),
    ...present("webSearchRequests", isObject(tools) ? uint32Of(tools["web_search_requests"]) : undefined),
  };
  return Object.keys(init).length === 0 ? undefined : create(TokenUsageSchema, init);
}

type Counts = {
  inputTokens?: number;
  cacheReadInputTokens?: number;
  cacheWriteInputTokens?: number;
  cacheWrite1hInputTokens?: number;
  outputTokens?: number;
};

function readCounts(usage: JsonObject): Counts {
  const creation = usage["cache_creation"];
  const write5m = isObject(creation) ? uint32Of(creation["ephemeral_5m_input_tokens"]) : undefined;
  const write1h = isObject(creation) ? uint32Of(creation["ephemeral_1h_input_tokens"]) : undefined;
  const read = uint32Of(usage["cache_read_input_tokens"]);
  const write = uint32Of(usage["cache_creation_input_tokens"]) ?? sum(write5m, write1h);
  const input = uint32Of(usage["input_tokens"]);
  return {
    ...present("inputTokens", input === undefined ? undefined : input + (read ?? 0) + (write ?? 0)),
    ...present("cacheReadInputTokens", read),
    ...present("cacheWriteInputTokens", write),
    ...present("cacheWrite1hInputTokens", write1h),
    ...present("outputTokens", uint32Of(usage["output_tokens"])),
  };
}

function addCounts(total: Counts, part: Counts): void {
  for (const key of Object.keys(part) as (keyof Counts)[]) total[key] = (total[key] ?? 0) + (part[key] ?? 0);
}

function sum(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined && other === undefined ? undefined : (one ?? 0) + (other ?? 0);
}

function present<Key extends string>(key: Key, value: number | undefined): Partial<Record<Key, number>> {
  return value === undefined ? {} : ({ [key]: value } as Record<Key, number>);
}

/**
 * The usage that `message_start` tells. Its output count is of the first tokens only and is left out: a stream that ends before its
 * `message_delta` has not reported its output.
 */
export function readStartUsage(reported: JsonValue | undefined): JsonObject | undefined {
  if (!isObject(reported)) return undefined;
  const { output_tokens: _first, ...rest } = reported;
  return mergeUsage(undefined, rest);
}

/** The usage after a `message_delta`, whose counts are cumulative, and left out or null where they do not apply. */
export function mergeUsage(before: JsonObject | undefined, reported: JsonValue | undefined): JsonObject | undefined {
  if (!isObject(reported)) return before;
  const merged: Draft = { ...before };
  for (const key in reported) {
    const value = reported[key];
    if (value !== undefined && value !== null) setMember(merged, key, value);
  }
  return merged;
}

/** Anthropic's `usage`, with what is not reported left out: see `completeUsage`. */
export function encodeUsage(usage: TokenUsage): Draft {
  const { inputTokens, cacheReadInputTokens: read, cacheWriteInputTokens: write, cacheWrite1hInputTokens } = usage;
  return {
    ...(inputTokens !== undefined && { input_tokens: Math.max(0, inputTokens - (read ?? 0) - (write ?? 0)) }),
    ...(write !== undefined && { cache_creation_input_tokens: write }),
    ...(read !== undefined && { cache_read_input_tokens: read }),
    ...(cacheWrite1hInputTokens !== undefined && {
      cache_creation: {
        ephemeral_5m_input_tokens: Math.max(0, (write ?? 0) - cacheWrite1hInputTokens),
        ephemeral_1h_input_tokens: cacheWrite1hInputTokens,
      },
    }),
    ...(usage.outputTokens !== undefined && { output_tokens: usage.outputTokens }),
    ...(usage.reasoningOutputTokens !== undefined && {
      output_tokens_details: { thinking_tokens: usage.reasoningOutputTokens },
    }),
    ...(usage.webSearchRequests !== undefined && {
      server_tool_use: { web_search_requests: usage.webSearchRequests },
    }),
  };
}

/** Reports the classes of tokens that Anthropic does not tell apart: they are counted in the totals. */
export function reportUntoldUsage(usage: TokenUsage | undefined, changes: Changes): void {
  const untold = [
    ["audio_input_tokens", usage?.audioInputTokens],
    ["image_input_tokens", usage?.imageInputTokens],
    ["audio_output_tokens", usage?.audioOutputTokens],
    ["accepted_prediction_tokens", usage?.acceptedPredictionTokens],
    ["rejected_prediction_tokens", usage?.rejectedPredictionTokens],
  ] as const;
  for (const [field, count] of untold) if (count) changes.drop(`usage.${field}`, "Anthropic does not tell them apart");
}

/** Anthropic's SDKs read `input_tokens` and `output_tokens` as numbers: those not reported are told as 0. */
export function completeUsage(usage: Draft): Draft {
  return { input_tokens: 0, output_tokens: 0, ...usage };
}

/** The class of service in Anthropic's word: OpenAI's `default` is its `standard`. */
export function encodeServedTier(tier: string): string {
  return tier === "default" ? "standard" : tier;
}
