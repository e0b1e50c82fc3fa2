import type { JsonObject } from "../dialect.ts";
import { effortOfBudget } from "../effort-of-budget.ts";
import { objectOf, stringOf, uint32Of } from "../json.ts";
import type { Edits } from "../parameter-edits.ts";
import { budgetOfEffort, minBudgetTokens, nearestEffort, needsThinking } from "./encode-thinking.ts";
import type { ModelTraits } from "./model-traits.ts";

const thinkingPath = ["thinking"];
const effortPath = ["output_config", "effort"];

/** Brings `thinking` and `output_config.effort` to what the model understands. Whether it thinks in the end, as far as the request says. */
export function adaptThinking(
  members: JsonObject,
  maxTokens: number,
  isForced: boolean,
  traits: ModelTraits,
  edits: Edits,
): boolean {
  const thinking = objectOf(members["thinking"]) ?? {};
  const effort = stringOf(objectOf(members["output_config"])?.["effort"]);
  switch (thinking["type"]) {
    case "enabled":
    case "adaptive":
      return adaptWanted(thinking, effort, maxTokens, isForced, traits, edits);
    case "disabled":
      adaptUnwanted(effort, traits, edits);
      return false;
    default:
      adaptEffort(effort, traits, edits);
      return false;
  }
}

function adaptWanted(
  thinking: JsonObject,
  effort: string | undefined,
  maxTokens: number,
  isForced: boolean,
  traits: ModelTraits,
  edits: Edits,
): boolean {
  const isManual = thinking["type"] === "enabled";
  if (isForced) {
    edits.remove(thinkingPath, "a tool call by force excludes thinking");
    adaptEffort(effort, traits, edits);
    return false;
  }
  if (!traits.manualThinking && !traits.adaptiveThinking) {
    edits.remove(thinkingPath, "the model does not think");
    adaptEffort(effort, traits, edits);
    return false;
  }
  if (isManual && !traits.manualThinking) {
    beAdaptive(thinking, effort, traits, edits);
    return true;
  }
  if (!isManual && !traits.adaptiveThinking) return beManual(thinking, effort, maxTokens, traits, edits);
  adaptEffort(effort, traits, edits);
  return isManual ? fitBudget(thinking, maxTokens, edits) : true;
}

/** In place of its budget the model is told an effort, unless it is told one already. */
function beAdaptive(thinking: JsonObject, effort: string | undefined, traits: ModelTraits, edits: Edits): void {
  const { budget_tokens: budget, ...rest } = thinking;
  edits.set(thinkingPath, { ...rest, type: "adaptive" }, "convert", "adaptive: the model takes no budget");
  const tokens = uint32Of(budget);
  if (effort !== undefined || tokens === undefined) {
    adaptEffort(effort, traits, edits);
    return;
  }
  const word = effortOfBudget(tokens);
  edits.set(effortPath, word, "addDefault", `${word}: in place of a budget of ${tokens} tokens`);
}

function beManual(
  thinking: JsonObject,
  effort: string | undefined,
  maxTokens: number,
  traits: ModelTraits,
  edits: Edits,
): boolean {
  adaptEffort(effort, traits, edits);
  if (maxTokens <= minBudgetTokens) {
    edits.remove(thinkingPath, describeLowLimit());
    return false;
  }
  const budget = clampBudget(budgetOfEffort(effort ?? "", maxTokens), maxTokens);
  const detail = `enabled, with a budget of ${budget} tokens: the model does not know adaptive`;
  edits.set(thinkingPath, { ...thinking, type: "enabled", budget_tokens: budget }, "convert", detail);
  return true;
}

function fitBudget(thinking: JsonObject, maxTokens: number, edits: Edits): boolean {
  const budget = uint32Of(thinking["budget_tokens"]);
  if (maxTokens <= minBudgetTokens) {
    edits.remove(thinkingPath, describeLowLimit());
    return false;
  }
  if (budget === undefined || budget === clampBudget(budget, maxTokens)) return true;
  const fitted = clampBudget(budget, maxTokens);
  const detail = `${fitted}: at least ${minBudgetTokens}, and less than max_tokens`;
  edits.set([...thinkingPath, "budget_tokens"], fitted, "clamp", detail);
  return true;
}

function clampBudget(budget: number, maxTokens: number): number {
  return Math.min(Math.max(budget, minBudgetTokens), maxTokens - 1);
}

function describeLowLimit(): string {
  return `thinking needs max_tokens of more than ${minBudgetTokens}`;
}

/** As little thinking as the model can be brought to. */
function adaptUnwanted(effort: string | undefined, traits: ModelTraits, edits: Edits): void {
  const doesThink = traits.efforts.length > 0 || traits.manualThinking;
  if (traits.thinkingOff === undefined && doesThink) {
    edits.remove(thinkingPath, "the model cannot be kept from thinking; effort low is the least");
    if (effort === undefined) edits.set(effortPath, "low", "addDefault", "low: the least that the model thinks");
    else if (effort !== "low") edits.set(effortPath, "low", "convert", "low: the least that the model thinks");
    return;
  }
  if (traits.thinkingOff !== undefined && traits.thinkingOff !== "disabled") {
    edits.set(
      [...thinkingPath, "type"],
      traits.thinkingOff,
      "convert",
      `${traits.thinkingOff}: the least that the model thinks`,
    );
  }
  if (needsThinking(effort, traits))
    edits.set(effortPath, "high", "convert", "high: the most that goes without thinking");
  else adaptEffort(effort, traits, edits);
}

function adaptEffort(effort: string | undefined, traits: ModelTraits, edits: Edits): void {
  if (effort === undefined || traits.efforts.includes(effort)) return;
  if (traits.efforts.length === 0) {
    edits.remove(effortPath, "the model takes no effort");
    return;
  }
  const nearest = nearestEffort(effort);
  if (nearest === undefined) edits.remove(effortPath, "an effort that Anthropic does not know");
  else edits.set(effortPath, nearest, "convert", `${nearest}: the model does not take ${effort}`);
}
