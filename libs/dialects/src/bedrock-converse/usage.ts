import { create, equals } from "@bufbuild/protobuf";
import { type TokenUsage, TokenUsageSchema } from "@sluice/api/sluice/common/v1/token_usage";
import type { JsonObject, JsonValue } from "../dialect.ts";
import { arrayOf, isObject, objectOf, parseJson, uint32Of } from "../json.ts";

/**
 * Bedrock's `usage` in the hub's form. Its `inputTokens` exclude cache reads and writes, so they are added (recorded answers:
 * `totalTokens` is the sum of all). Undefined where nothing is counted.
 */
export function decodeUsage(usage: JsonValue | undefined): TokenUsage | undefined {
  if (!isObject(usage)) return undefined;
  const input = uint32Of(usage["inputTokens"]);
  const read = uint32Of(usage["cacheReadInputTokens"]);
  const details = arrayOf(usage["cacheDetails"]).map(objectOf);
  const written = (ttl: string) => uint32Of(details.find((detail) => detail?.["ttl"] === ttl)?.["inputTokens"]);
  const write1h = written("1h");
  const write = uint32Of(usage["cacheWriteInputTokens"]) ?? sum(write1h, written("5m"));
  const counts = {
    ...present("inputTokens", input === undefined ? undefined : input + (read ?? 0) + (write ?? 0)),
    ...present("cacheReadInputTokens", read),
    ...present("cacheWriteInputTokens", write),
    ...present("cacheWrite1hInputTokens", write1h),
    ...present("outputTokens", uint32Of(usage["outputTokens"])),
  };
  return Object.keys(counts).length === 0 ? undefined : create(TokenUsageSchema, counts);
}

function sum(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined && other === undefined ? undefined : (one ?? 0) + (other ?? 0);
}

function present<Key extends string>(key: Key, value: number | undefined): Partial<Record<Key, number>> {
  return value === undefined ? {} : ({ [key]: value } as Record<Key, number>);
}

/**
 * The `usage` for a client: the provider's own (`usageJson`) where it is Bedrock's and says the same, else made of the hub's, with absent counts
 * left out.
 */
export function encodeUsage(usage: TokenUsage, usageJson: string): JsonObject {
  const reported = usageJson === "" ? undefined : parseJson(usageJson);
  const decoded = decodeUsage(reported);
  if (isObject(reported) && decoded !== undefined && equals(TokenUsageSchema, decoded, usage)) return reported;
  const { inputTokens, outputTokens, cacheReadInputTokens: read, cacheWriteInputTokens: write } = usage;
  const write1h = usage.cacheWrite1hInputTokens;
  const rest = write1h === undefined ? 0 : Math.max(0, (write ?? 0) - write1h);
  return {
    ...(inputTokens !== undefined && { inputTokens: Math.max(0, inputTokens - (read ?? 0) - (write ?? 0)) }),
    ...(outputTokens !== undefined && { outputTokens }),
    ...(inputTokens !== undefined && outputTokens !== undefined && { totalTokens: inputTokens + outputTokens }),
    ...(read !== undefined && { cacheReadInputTokens: read }),
    ...(write !== undefined && { cacheWriteInputTokens: write }),
    ...(write1h !== undefined && {
      cacheDetails: [{ ttl: "1h", inputTokens: write1h }, ...(rest > 0 ? [{ ttl: "5m", inputTokens: rest }] : [])],
    }),
  };
}

/** The SDKs read these as numbers: those not reported are told as 0. */
export function completeUsage(usage: JsonObject): JsonObject {
  return { inputTokens: 0, outputTokens: 0, totalTokens: 0, ...usage };
}
