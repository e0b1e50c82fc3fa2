import type { Price } from "@sluice/api/sluice/common/v1/price";
import type { TokenUsage } from "@sluice/api/sluice/common/v1/token_usage";
import { CompiledPrice, type CompiledTier, compilePrice } from "./price.ts";
import { roundSafeUpToNano, roundUpToNano } from "./round.ts";

/** The counts that are charged for. A `TokenUsage` message is one. Whole numbers, 0 or more; absent: not reported. */
export type UsageCounts = Pick<
  TokenUsage,
  | "inputTokens"
  | "cacheReadInputTokens"
  | "cacheWriteInputTokens"
  | "cacheWrite1hInputTokens"
  | "audioInputTokens"
  | "outputTokens"
  | "reasoningOutputTokens"
  | "audioOutputTokens"
  | "webSearchRequests"
  | "billedInputTokens"
  | "billedOutputTokens"
>;

/**
 * Nano-dollars that a usage costs; undefined if a total that is charged for was not reported.
 *
 * The tier is the last that the input reaches; the whole usage is charged by it. Each part is charged at its own rate and taken off its
 * total, the rest at the total's. A part that was not reported is not told from its total. Where parts exceed their total, as a provider
 * may report them, no more is charged than the total: audio first, then cache writes for one hour, other cache writes, cache reads; on the
 * output side audio, then reasoning. Where the provider says how many tokens it bills, those are charged, all at the total's rate. Searches
 * that were not reported were not made. Rounded once, by roundUpToNano.
 *
 * Throws InvalidPriceError for a `Price` that cannot be compiled.
 */
export function costOf(counted: UsageCounts, price: Price | CompiledPrice): bigint | undefined {
  const usage = billedPart(counted);
  const { tiers } = price instanceof CompiledPrice ? price : compilePrice(price);
  const tier = tierOf(tiers, usage.inputTokens ?? 0);
  if (usage.inputTokens === undefined && (tiers.length > 1 || tier.dearest.input > 0n)) return undefined;
  if (usage.outputTokens === undefined && tier.dearest.output > 0n) return undefined;

  let input = usage.inputTokens ?? 0;
  const audioInput = Math.min(usage.audioInputTokens ?? 0, input);
  input -= audioInput;
  const writtenForOneHour = usage.cacheWrite1hInputTokens ?? 0;
  const cacheWrite1h = Math.min(writtenForOneHour, input);
  input -= cacheWrite1h;
  const cacheWrite = Math.min(Math.max((usage.cacheWriteInputTokens ?? 0) - writtenForOneHour, 0), input);
  input -= cacheWrite;
  const cacheRead = Math.min(usage.cacheReadInputTokens ?? 0, input);
  input -= cacheRead;

  let output = usage.outputTokens ?? 0;
  const audioOutput = Math.min(usage.audioOutputTokens ?? 0, output);
  output -= audioOutput;
  const reasoning = Math.min(usage.reasoningOutputTokens ?? 0, output);
  output -= reasoning;
  const webSearch = usage.webSearchRequests ?? 0;

  const { quick, exact } = tier;
  // No term is negative: if the sum is a safe integer, every step on the way to it was one and nothing was rounded.
  const sum =
    input * quick.input +
    cacheRead * quick.cacheRead +
    cacheWrite * quick.cacheWrite +
    cacheWrite1h * quick.cacheWrite1h +
    audioInput * quick.audioInput +
    output * quick.output +
    reasoning * quick.reasoning +
    audioOutput * quick.audioOutput +
    webSearch * quick.webSearch +
    quick.request;
  if (sum <= Number.MAX_SAFE_INTEGER) return roundSafeUpToNano(sum);
  return roundUpToNano(
    BigInt(input) * exact.input +
      BigInt(cacheRead) * exact.cacheRead +
      BigInt(cacheWrite) * exact.cacheWrite +
      BigInt(cacheWrite1h) * exact.cacheWrite1h +
      BigInt(audioInput) * exact.audioInput +
      BigInt(output) * exact.output +
      BigInt(reasoning) * exact.reasoning +
      BigInt(audioOutput) * exact.audioOutput +
      BigInt(webSearch) * exact.webSearch +
      exact.request,
  );
}

/** The counts that are billed, where the provider tells them from those that it counted. */
function billedPart(usage: UsageCounts): UsageCounts {
  const { billedInputTokens, billedOutputTokens } = usage;
  if (billedInputTokens === undefined && billedOutputTokens === undefined) return usage;
  const output = {
    outputTokens: billedOutputTokens ?? usage.outputTokens,
    ...(billedOutputTokens === undefined
      ? { reasoningOutputTokens: usage.reasoningOutputTokens, audioOutputTokens: usage.audioOutputTokens }
      : {}),
  };
  if (billedInputTokens === undefined) return { ...usage, ...output } as UsageCounts;
  return { inputTokens: billedInputTokens, ...output, webSearchRequests: usage.webSearchRequests } as UsageCounts;
}

/** What a request can consume at most. Whole numbers, 0 or more. */
export interface UsageBounds {
  readonly inputTokensAtMost: number;
  /** For one candidate, reasoning included. */
  readonly outputTokensAtMost: number;
  /** How many answers were asked for; each may be as long as the bound. Default 1. */
  readonly candidates?: number | undefined;
  /** Default 0: searches beyond it are not covered. */
  readonly webSearchRequestsAtMost?: number | undefined;
}

/**
 * Nano-dollars that no usage within the bounds can exceed, by costOf: every token at the dearest rate it can have (a cache write costs more
 * than plain input), in the dearest tier that can be reached.
 */
export function worstCaseCost(bounds: UsageBounds, price: Price | CompiledPrice): bigint {
  const { tiers } = price instanceof CompiledPrice ? price : compilePrice(price);
  const input = BigInt(bounds.inputTokensAtMost);
  const output = BigInt(bounds.outputTokensAtMost) * BigInt(bounds.candidates ?? 1);
  const webSearch = BigInt(bounds.webSearchRequestsAtMost ?? 0);
  let worst = 0n;
  for (const { minInputTokens, dearest, exact } of tiers) {
    if (minInputTokens > bounds.inputTokensAtMost) break;
    const sum = input * dearest.input + output * dearest.output + webSearch * exact.webSearch + exact.request;
    if (sum > worst) worst = sum;
  }
  return roundUpToNano(worst);
}

function tierOf(tiers: readonly CompiledTier[], inputTokens: number): CompiledTier {
  let index = tiers.length - 1;
  while (index > 0 && (tiers[index] as CompiledTier).minInputTokens > inputTokens) index -= 1;
  return tiers[index] as CompiledTier;
}
