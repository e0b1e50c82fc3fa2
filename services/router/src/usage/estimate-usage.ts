import { clone, create } from "@bufbuild/protobuf";
import { type TokenUsage, TokenUsageSchema } from "@sluice/api/sluice/common/v1/token_usage";
import { UsageSource } from "@sluice/api/sluice/usage/v1/usage_event";

/** Characters (of output) or bytes (of input) that make one token, on the safe side of English: used only where nobody counted. */
const charactersPerToken = 4;

/**
 * What an attempt consumed whose end was not heard: what the provider reported up to there, and for the rest an estimate from what was sent
 * and passed on. Never less than what was reported.
 */
export function estimateUsage(
  reported: TokenUsage | undefined,
  inputBytes: number,
  outputCharacters: number,
): { readonly usage: TokenUsage; readonly source: UsageSource } {
  const outputEstimate = Math.ceil(outputCharacters / charactersPerToken);
  const usage = reported === undefined ? create(TokenUsageSchema) : clone(TokenUsageSchema, reported);
  usage.inputTokens = reported?.inputTokens ?? Math.ceil(inputBytes / charactersPerToken);
  usage.outputTokens = Math.max(reported?.outputTokens ?? 0, outputEstimate);
  return { usage, source: reported === undefined ? UsageSource.ESTIMATED : UsageSource.PARTIAL };
}
