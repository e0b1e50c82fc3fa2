import type { ChatRequest, ReasoningConfig } from "@sluice/api/sluice/chat/v1/chat_request";
import { Role } from "@sluice/api/sluice/chat/v1/content";
import { effortOfBudget } from "../effort-of-budget.ts";
import { readExtension } from "../extension.ts";
import { type Crossing, createCrossing } from "./crossing.ts";
import { isForced } from "./encode-tools.ts";
import { isOwnReasoning } from "./foreign-signature.ts";
import type { ModelTraits } from "./model-traits.ts";
import { type Draft, dialectName, effortNote } from "./wire.ts";

const parameter = "reasoning_effort";

/** Anthropic's least budget for thinking (platform.claude.com/docs/en/build-with-claude/extended-thinking, seen 2026-11-22). */
export const minBudgetTokens = 1024;

/**
 * The share of the output limit that an effort may spend on thinking, for models that know budgets and no efforts. The shares are those
 * that OpenRouter publishes for the same purpose (openrouter.ai/docs/use-cases/reasoning-tokens, seen 2026-11-22).
 */
const budgetShares: ReadonlyMap<string, number> = new Map([
  ["minimal", 0.1],
  ["low", 0.2],
  ["medium", 0.5],
  ["high", 0.8],
  ["xhigh", 0.95],
  ["max", 0.95],
]);

/** The budget that an effort comes to; of an effort that is not known, the middle one. */
export function budgetOfEffort(effort: string, maxTokens: number): number {
  return Math.floor(maxTokens * (budgetShares.get(effort) ?? 0.5));
}

export type EncodedThinking = {
  readonly thinking: Draft | undefined;
  /** Of `output_config`. */
  readonly effort: string | undefined;
};

const none: EncodedThinking = { thinking: undefined, effort: undefined };

/** How much to think, in the way that the model understands: by effort, by budget, or not at all. Each bend is reported. */
export function encodeThinking(
  request: ChatRequest,
  maxTokens: number,
  traits: ModelTraits,
  crossing: Crossing,
): EncodedThinking {
  const { reasoning } = request;
  if (reasoning === undefined) return none;
  if (isEffortAlone(request, reasoning)) {
    return { thinking: undefined, effort: encodeEffort(reasoning.effort, traits, crossing) };
  }
  // Tried without a report first: what an obstacle undoes is not to be reported as done.
  const type = wantThinking(reasoning, maxTokens, traits, createCrossing()).thinking?.["type"];
  const thinks = type === "enabled" || type === "adaptive";
  const obstacle = thinks ? findObstacle(request, type === "enabled") : undefined;
  if (obstacle !== undefined) {
    crossing.changes.drop(parameter, obstacle);
    const keepsEffort = type === "adaptive" && reasoning.effort !== "";
    return { thinking: undefined, effort: keepsEffort ? encodeEffort(reasoning.effort, traits, crossing) : undefined };
  }
  const wanted = wantThinking(reasoning, maxTokens, traits, crossing);
  if (!thinks) return wanted;
  const display = encodeDisplay(reasoning.summary, crossing);
  return { ...wanted, thinking: { ...wanted.thinking, ...(display !== undefined && { display }) } };
}

/** Whether the request came with an effort as Anthropic means it: how much to say, whether or not to think. */
function isEffortAlone(request: ChatRequest, { effort, enabled, budgetTokens, adaptive }: ReasoningConfig): boolean {
  const isBare = enabled === undefined && budgetTokens === undefined && adaptive === undefined;
  return isBare && effort !== "" && readExtension(request.extensions, dialectName, effortNote) === effort;
}

function wantThinking(
  reasoning: ReasoningConfig,
  maxTokens: number,
  traits: ModelTraits,
  crossing: Crossing,
): EncodedThinking {
  const { changes } = crossing;
  const { enabled, budgetTokens, adaptive } = reasoning;
  if (enabled === false || reasoning.effort === "none" || budgetTokens === 0) {
    return turnOff(reasoning, traits, crossing);
  }
  if (budgetTokens !== undefined && adaptive !== true && traits.manualThinking) {
    const budget = fitBudget(budgetTokens, maxTokens, crossing);
    const effort = encodeEffort(reasoning.effort, traits, crossing);
    return { thinking: budget === undefined ? undefined : { type: "enabled", budget_tokens: budget }, effort };
  }
  const isNative = adaptive === true && traits.adaptiveThinking;
  if (isNative || traits.thinksByEffort) {
    const effort = reasoning.effort || (budgetTokens === undefined ? "" : effortOfBudget(budgetTokens));
    if (!isNative) changes.convert(parameter, describeAdaptive(reasoning, effort));
    return { thinking: { type: "adaptive" }, effort: encodeEffort(effort, traits, crossing) };
  }
  if (!traits.manualThinking) {
    changes.drop(parameter, "the model does not think");
    return none;
  }
  const budget = fitBudget(budgetOfEffort(reasoning.effort, maxTokens), maxTokens, crossing);
  if (budget === undefined) return none;
  changes.convert(parameter, `thinking with a budget of ${budget} tokens`);
  return { thinking: { type: "enabled", budget_tokens: budget }, effort: undefined };
}

/** As little thinking as the model can be brought to. */
function turnOff(reasoning: ReasoningConfig, traits: ModelTraits, crossing: Crossing): EncodedThinking {
  const { changes } = crossing;
  const asked = reasoning.effort === "none" ? undefined : encodeEffort(reasoning.effort, traits, crossing);
  if (traits.thinkingOff === undefined) {
    if (traits.efforts.length === 0) return none;
    changes.convert(parameter, "effort low: the model cannot be kept from thinking");
    return { thinking: undefined, effort: "low" };
  }
  const isNative = reasoning.enabled === false && traits.thinkingOff === "disabled";
  if (!isNative) changes.convert(parameter, `thinking ${traits.thinkingOff}`);
  const isTooMuch = needsThinking(asked, traits);
  if (isTooMuch) changes.convert(parameter, "effort high: the most that goes without thinking");
  return { thinking: { type: traits.thinkingOff }, effort: isTooMuch ? "high" : asked };
}

/** A model that takes xhigh refuses it, and max, without thinking. */
export function needsThinking(effort: string | undefined, traits: ModelTraits): boolean {
  return (effort === "xhigh" || effort === "max") && traits.efforts.includes("xhigh") && !traits.manualThinking;
}

function describeAdaptive({ budgetTokens }: ReasoningConfig, effort: string): string {
  const budget =
    budgetTokens === undefined ? "" : `, with effort ${effort} in place of a budget, of which it takes none`;
  return `thinking as the model sees fit${budget}`;
}

/** At least 1024 and less than the output limit; undefined where both cannot be. */
function fitBudget(budget: number, maxTokens: number, crossing: Crossing): number | undefined {
  if (maxTokens <= minBudgetTokens) {
    crossing.changes.drop(parameter, `thinking needs an output limit of more than ${minBudgetTokens} tokens`);
    return undefined;
  }
  const fitted = Math.min(Math.max(budget, minBudgetTokens), maxTokens - 1);
  if (fitted !== budget) crossing.changes.clamp(parameter, `a budget of ${fitted} tokens`);
  return fitted;
}

/** The effort as the model knows it: the nearest that is not more. */
function encodeEffort(effort: string, traits: ModelTraits, crossing: Crossing): string | undefined {
  if (effort === "" || traits.efforts.includes(effort)) return effort === "" ? undefined : effort;
  if (traits.efforts.length === 0) {
    crossing.changes.drop(parameter, "the model takes no effort");
    return undefined;
  }
  const nearest = nearestEffort(effort);
  if (nearest === undefined) crossing.changes.drop(parameter, "an effort that Anthropic does not know");
  else crossing.changes.convert(parameter, `effort ${nearest}`);
  return nearest;
}

/** The nearest effort that is not more and that every model takes which takes one. Undefined: Anthropic does not know the word. */
export function nearestEffort(effort: string): string | undefined {
  if (effort === "minimal") return "low";
  return effort === "xhigh" || effort === "max" ? "high" : undefined;
}

/** Why the request cannot think, where Anthropic would refuse it (extended thinking, "feature compatibility"). */
function findObstacle(request: ChatRequest, isManual: boolean): string | undefined {
  if (request.tools.length > 0 && isForced(request.toolChoice?.mode)) return "a tool call by force excludes thinking";
  if (!isManual) return undefined;
  const last = request.messages.at(-1);
  const answersTools = last?.parts.some((part) => part.kind.case === "toolResult") === true;
  const turn = answersTools ? request.messages.findLast((message) => message.role === Role.ASSISTANT) : undefined;
  if (turn === undefined) return undefined;
  const first = turn.parts[0]?.kind;
  const isSigned = first?.case === "reasoning" && isOwnReasoning(first.value);
  return isSigned ? undefined : "the turn that called the tools does not begin with Anthropic's signed thinking";
}

function encodeDisplay(summary: string, crossing: Crossing): string | undefined {
  if (summary === "" || summary === "summarized" || summary === "omitted") return summary === "" ? undefined : summary;
  crossing.changes.convert("reasoning.summary", "display summarized");
  return "summarized";
}
