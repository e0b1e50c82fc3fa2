import { create, equals } from "@bufbuild/protobuf";
import { type ReasoningConfig, ReasoningConfigSchema } from "@sluice/api/sluice/chat/v1/chat_request";
import type { JsonObject } from "../dialect.ts";
import { stringOf } from "../json.ts";
import type { Changes } from "../parameter-change.ts";
import type { Problems } from "../request-problem.ts";
import { type ThinkingLevel, type ThinkingTrait, thinkingLevels } from "./model-traits.ts";
import { numberOf, readInteger } from "./read-number.ts";
import type { Draft } from "./wire.ts";

/** What `thinkingConfig` says. A budget of 0 turns thinking off, one of -1 leaves it to the model. */
export type Thinking = {
  readonly budget?: number | undefined;
  readonly level?: ThinkingLevel | undefined;
  readonly includeThoughts?: boolean | undefined;
};

/**
 * What a level comes to in tokens: Google's own OpenAI endpoint makes 1K, 8K and 24K of OpenAI's low, medium and high (the product's lead,
 * quoted at feedback.typingmind.com/p/easy-as-pie-update-support-reasoning-effort-none-low-medium, seen 2026-11-22). That minimal is half of
 * low is our choice.
 */
const budgets: Readonly<Record<ThinkingLevel, number>> = { minimal: 512, low: 1_024, medium: 8_192, high: 24_576 };

const path = "generationConfig.thinkingConfig.";

/** Reads a `thinkingConfig`, in camel case, as the hub has it. */
export function decodeThinking(config: JsonObject, problems: Problems): ReasoningConfig {
  const budget = readInteger(config, "thinkingBudget", path, { min: -1, max: 2_147_483_647 }, problems);
  return toReasoning(budget, config);
}

/** The same of what was noted. */
export function readThinking(config: JsonObject): ReasoningConfig {
  return toReasoning(numberOf(config["thinkingBudget"]), config);
}

function toReasoning(budget: number | undefined, config: JsonObject): ReasoningConfig {
  const level = (stringOf(config["thinkingLevel"]) ?? "").toLowerCase();
  const shown = config["includeThoughts"];
  return create(ReasoningConfigSchema, {
    ...(budget === 0 ? { enabled: false } : {}),
    ...(budget === -1 ? { enabled: true, adaptive: true } : {}),
    ...(budget !== undefined && budget > 0 ? { enabled: true, budgetTokens: budget } : {}),
    effort: level === "thinking_level_unspecified" ? "" : level.slice(0, 32),
    summary: shown === true ? "auto" : shown === false ? "omitted" : "",
  });
}

/**
 * The `thinkingConfig` for what the hub asks, in the way that the model understands. `written` is Google's own, which stands where it says the
 * same, but for what the model does not take.
 */
export function encodeThinking(
  reasoning: ReasoningConfig | undefined,
  written: JsonObject | undefined,
  trait: ThinkingTrait,
  changes: Changes,
): JsonObject | undefined {
  if (reasoning === undefined) return undefined;
  if (written !== undefined && equals(ReasoningConfigSchema, readThinking(written), reasoning)) {
    return writeThinking(fitThinking(toThinking(written), trait, changes), written);
  }
  const wanted = want(reasoning, trait, changes);
  return wanted === undefined ? undefined : writeThinking(fitThinking(wanted, trait, changes), {});
}

export function toThinking(config: JsonObject): Thinking {
  const level = stringOf(config["thinkingLevel"])?.toLowerCase();
  const shown = config["includeThoughts"];
  return {
    budget: numberOf(config["thinkingBudget"]),
    level: thinkingLevels.find((known) => known === level),
    includeThoughts: typeof shown === "boolean" ? shown : undefined,
  };
}

/** The configuration with these values, and the members of `others` that are none of them. Undefined: it says nothing. */
export function writeThinking(thinking: Thinking | undefined, others: JsonObject): JsonObject | undefined {
  if (thinking === undefined) return undefined;
  const { thinkingBudget: _, thinkingLevel: __, includeThoughts: ___, ...rest } = others;
  const config: Draft = { ...rest };
  if (thinking.includeThoughts !== undefined) config["includeThoughts"] = thinking.includeThoughts;
  if (thinking.budget !== undefined) config["thinkingBudget"] = thinking.budget;
  if (thinking.level !== undefined) config["thinkingLevel"] = thinking.level.toUpperCase();
  return Object.keys(config).length === 0 ? undefined : config;
}

/** What another dialect's client asks for. Conversions from its words are reported; `fitThinking` reports the rest. */
function want(reasoning: ReasoningConfig, trait: ThinkingTrait, changes: Changes): Thinking | undefined {
  const { enabled, effort, budgetTokens, adaptive, summary } = reasoning;
  const off = enabled === false || effort === "none" || budgetTokens === 0;
  if (trait.kind === "none") {
    if (!off) changes.drop("reasoning_effort", "the model does not think, or cannot be told how much");
    return undefined;
  }
  // Thoughts are shown wherever reasoning is asked for: clients of other dialects have no other way to ask for them.
  const includeThoughts = !off && summary !== "omitted" && summary !== "none";
  if (off) return turnOff(trait, changes);
  if (effort !== "") return { ...wantEffort(effort, trait, changes), includeThoughts };
  if (budgetTokens !== undefined && adaptive !== true) {
    if (trait.kind === "budget") return { budget: budgetTokens, includeThoughts };
    const level = budgetTokens <= budgets.low ? "low" : budgetTokens <= budgets.medium ? "medium" : "high";
    const nearest = chooseLevel(level, trait.levels);
    changes.convert("thinking.budget_tokens", `thinkingLevel ${nearest.toUpperCase()}: the model takes levels`);
    return { level: nearest, includeThoughts };
  }
  const automatic = trait.kind === "budget" && (enabled === true || adaptive === true);
  return { ...(automatic ? { budget: -1 } : {}), includeThoughts };
}

function turnOff(trait: Exclude<ThinkingTrait, { kind: "none" }>, changes: Changes): Thinking {
  if (trait.kind === "level") {
    const least = trait.levels[0] ?? "low";
    changes.convert("reasoning_effort", `thinkingLevel ${least.toUpperCase()}: the model always thinks`);
    return { level: least };
  }
  if (trait.off) return { budget: 0 };
  changes.clamp("reasoning_effort", `thinkingBudget ${trait.min}: the model always thinks`);
  return { budget: trait.min };
}

const knownEfforts: ReadonlySet<string> = new Set([...thinkingLevels, "xhigh", "max"]);

function wantEffort(
  effort: string,
  trait: Exclude<ThinkingTrait, { kind: "none" }>,
  changes: Changes,
): Pick<Thinking, "budget" | "level"> {
  if (!knownEfforts.has(effort)) {
    changes.drop("reasoning_effort", "an effort that Google does not know");
    return {};
  }
  const level = thinkingLevels.find((known) => known === effort);
  if (trait.kind === "budget") {
    const budget = level === undefined ? trait.max : clamp(budgets[level], trait.min, trait.max);
    changes.convert("reasoning_effort", `thinkingBudget ${budget}`);
    return { budget };
  }
  const nearest = level === undefined ? (trait.levels.at(-1) ?? "high") : chooseLevel(level, trait.levels);
  if (nearest !== effort) changes.convert("reasoning_effort", `thinkingLevel ${nearest.toUpperCase()}`);
  return { level: nearest };
}

/**
 * Google's own configuration as this model takes it: levels or budgets, never both, and within its bounds. A budget for a model that takes levels
 * stays, as Google takes it for older clients' sake. Undefined: nothing of it can be sent.
 */
export function fitThinking(thinking: Thinking, trait: ThinkingTrait, changes: Changes): Thinking | undefined {
  const { budget, level } = thinking;
  if (trait.kind === "none") {
    changes.drop("generationConfig.thinkingConfig", "the model does not think, or cannot be told how much");
    return undefined;
  }
  if (trait.kind === "budget") {
    if (level === undefined) return { ...thinking, budget: fitBudget(budget, trait, changes) };
    if (budget !== undefined) {
      changes.drop(`${path}thinkingLevel`, "the model takes a budget");
      return { ...thinking, level: undefined, budget: fitBudget(budget, trait, changes) };
    }
    const converted = clamp(budgets[level], trait.min, trait.max);
    changes.convert(`${path}thinkingLevel`, `thinkingBudget ${converted}: the model takes a budget`);
    return { ...thinking, level: undefined, budget: converted };
  }
  if (level === undefined) return thinking;
  if (budget !== undefined) changes.drop(`${path}thinkingBudget`, "the model takes it or a level, not both");
  const nearest = chooseLevel(level, trait.levels);
  if (nearest !== level) changes.clamp(`${path}thinkingLevel`, nearest.toUpperCase());
  return { ...thinking, budget: undefined, level: nearest };
}

function fitBudget(
  budget: number | undefined,
  trait: Extract<ThinkingTrait, { kind: "budget" }>,
  changes: Changes,
): number | undefined {
  if (budget === undefined || budget === -1 || (budget === 0 && trait.off)) return budget;
  const fitted = clamp(budget, trait.min, trait.max);
  if (fitted !== budget)
    changes.clamp(`${path}thinkingBudget`, `${fitted}: the model takes ${trait.min} to ${trait.max}`);
  return fitted;
}

/** The level itself, else the next above it, else the highest: Google's own OpenAI endpoint makes high of medium where there is none. */
function chooseLevel(level: ThinkingLevel, levels: readonly ThinkingLevel[]): ThinkingLevel {
  const wanted = thinkingLevels.indexOf(level);
  return levels.find((known) => thinkingLevels.indexOf(known) >= wanted) ?? levels.at(-1) ?? level;
}

function clamp(value: number, min: number, max: number): number {
  return Math.min(Math.max(value, min), max);
}
