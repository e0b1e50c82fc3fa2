import type { ReasoningConfig } from "@sluice/api/sluice/chat/v1/chat_request";

// Our choice: no provider publishes what an effort comes to in tokens.
const lowBudgetTokens = 4_096;
const mediumBudgetTokens = 16_384;

/** What was asked for: by which parameter, its value, and the effort that this comes to. */
export type AskedEffort = { readonly parameter: string; readonly value: string; readonly word: string };

/** Undefined: how much to reason is left to the model. */
export function readAskedEffort(config: ReasoningConfig): AskedEffort | undefined {
  if (config.enabled === false) return { parameter: "thinking", value: "disabled", word: "none" };
  if (config.effort !== "") return { parameter: "effort", value: config.effort, word: config.effort };
  const budget = config.budgetTokens;
  if (budget === undefined) return undefined;
  const word = budget <= lowBudgetTokens ? "low" : budget <= mediumBudgetTokens ? "medium" : "high";
  return { parameter: "thinking.budget_tokens", value: String(budget), word };
}
