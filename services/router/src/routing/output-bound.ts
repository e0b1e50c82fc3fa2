import type { Model } from "@sluice/api/sluice/provider/v1/model";
import type { RequestFacts } from "@sluice/dialects";

/** What is assumed of a model of which neither the output limit nor the context window is known. */
const unknownModelOutputTokens = 131_072;

/** What is assumed of the context window of such a model where the provider may fill it by itself. */
const unknownModelContextTokens = 1_000_000;

/** Some models take no limit below this, and a lower one is raised to it (`max_output_tokens` of OpenAI's Responses). */
const leastOutputTokens = 16;

/**
 * The most tokens that a request can consume and produce at a model, for one candidate: the base of its worst case. Where the provider runs
 * tools of its own, what they bring may fill the context window.
 */
export function tokenBounds(
  facts: RequestFacts,
  model: Model,
  serverTools = false,
): { readonly inputTokens: number; readonly outputTokens: number } {
  const limit = model.maxOutputTokens ?? model.contextWindow ?? unknownModelOutputTokens;
  return {
    inputTokens: serverTools
      ? (model.contextWindow ?? unknownModelContextTokens)
      : model.contextWindow === undefined
        ? facts.inputTokensAtMost
        : Math.min(facts.inputTokensAtMost, model.contextWindow),
    outputTokens: facts.maxOutputTokens
      ? Math.max(facts.maxOutputTokens, leastOutputTokens)
      : (facts.maxOutputTokens ?? limit),
  };
}
