import type { Model } from "@sluice/api/sluice/provider/v1/model";
import type { RequestFacts } from "@sluice/dialects";

/** What is assumed of a model of which neither the output limit nor the context window is known. */
const unknownModelOutputTokens = 131_072;

/** The most tokens that a request can consume and produce at a model, for one candidate: the base of its worst case. */
export function tokenBounds(
  facts: RequestFacts,
  model: Model,
): { readonly inputTokens: number; readonly outputTokens: number } {
  const limit = model.maxOutputTokens ?? model.contextWindow ?? unknownModelOutputTokens;
  return {
    inputTokens:
      model.contextWindow === undefined
        ? facts.inputTokensAtMost
        : Math.min(facts.inputTokensAtMost, model.contextWindow),
    outputTokens: facts.maxOutputTokens ?? limit,
  };
}
