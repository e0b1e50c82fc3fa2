// Our choice: no provider publishes what an effort comes to in tokens.
const lowBudgetTokens = 4_096;
const mediumBudgetTokens = 16_384;

/** The effort that a budget of tokens for reasoning comes to, for models that are told an effort. */
export function effortOfBudget(tokens: number): "low" | "medium" | "high" {
  return tokens <= lowBudgetTokens ? "low" : tokens <= mediumBudgetTokens ? "medium" : "high";
}
