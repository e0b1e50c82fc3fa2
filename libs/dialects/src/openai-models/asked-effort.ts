import type { ReasoningConfig } from "@sluice/api/sluice/chat/v1/chat_request";
import { effortOfBudget } from "../effort-of-budget.ts";

/** What was asked for: by which parameter, its value, and the effort that this comes to. */
export type AskedEffort = { readonly parameter: string; readonly value: string; readonly word: string };

/** Undefined: how much to reason is left to the model. */
export function readAskedEffort(config: ReasoningConfig): AskedEffort | undefined {
  if (config.enabled === false) return { parameter: "thinking", value: "disabled", word: "none" };
  if (config.effort !== "") return { parameter: "effort", value: config.effort, word: config.effort };
  const budget = config.budgetTokens;
  if (budget === undefined) return undefined;
  return { parameter: "thinking.budget_tokens", value: String(budget), word: effortOfBudget(budget) };
}
