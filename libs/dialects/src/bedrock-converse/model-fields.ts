import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { type ReasoningConfig, ReasoningConfigSchema } from "@sluice/api/sluice/chat/v1/chat_request";
import type { Extension } from "@sluice/api/sluice/chat/v1/content";
import { effortNote } from "../anthropic-messages/wire.ts";
import type { JsonObject, JsonValue } from "../dialect.ts";
import { createExtension } from "../extension.ts";
import { isObject, objectOf, parseJson, setMember, stringOf, uint32Of } from "../json.ts";
import type { Changes } from "../parameter-change.ts";
import { type Draft, dialectName } from "./wire.ts";

export const modelFields = "additionalModelRequestFields";

/** The note on a request whose effort stood in `outputConfig`. */
export const outputEffortNote = "#outputConfig.effort";

/**
 * Fields that say again what the hub governs: they are never sent beside it, for what was decided on the hub's (the most tokens that an answer
 * may cost) would not hold.
 */
const governedFields: ReadonlySet<string> = new Set([
  "max_completion_tokens",
  "max_gen_len",
  "max_new_tokens",
  "max_output_tokens",
  "max_tokens",
  "max_tokens_to_sample",
  "maxTokens",
  "maxTokenCount",
  "messages",
  "model",
  "modelId",
  "n",
  "num_generations",
  "stream",
  "system",
  "tool_choice",
  "tools",
]);

export function isModelField({ dialect, field }: Extension): boolean {
  return dialect === dialectName && field.startsWith(`${modelFields}.`);
}

/** The model's own fields that were kept, beside `ours`, which stand; objects that both have are one. */
export function mergeModelFields(extensions: readonly Extension[], ours: Draft, changes: Changes): Draft {
  const merged: Draft = { ...ours };
  for (const extension of extensions.filter(isModelField)) {
    const name = extension.field.slice(modelFields.length + 1);
    const [kept, own] = [parseJson(extension.json), merged[name]];
    if (kept === undefined || governedFields.has(name) || (own !== undefined && !(isObject(own) && isObject(kept)))) {
      changes.drop(extension.field, kept === undefined ? "not JSON" : "set by another field");
    } else {
      setMember(merged, name, isObject(own) ? { ...(kept as JsonObject), ...own } : kept);
    }
  }
  return merged;
}

export type DecodedModelFields = {
  readonly topK: number | undefined;
  readonly reasoning: ReasoningConfig | undefined;
  readonly extensions: readonly Extension[];
};

/**
 * `additionalModelRequestFields`: what each model takes beyond Converse. What the hub has a place for is read in every shape in which a model
 * takes it; the rest is kept. `effort` is that of `outputConfig`.
 */
export function decodeModelFields(fields: JsonValue | undefined, effort: string): DecodedModelFields {
  const rest: Record<string, JsonValue | undefined> = { ...objectOf(fields) };
  const take = (name: string): JsonValue | undefined => {
    const value = rest[name];
    delete rest[name];
    return value ?? undefined;
  };
  const topK = takeTopK(rest, take);
  const { reasoning, extensions } = takeReasoning(rest, take, effort);
  for (const [name, value] of Object.entries(rest)) {
    if (value === undefined || value === null) continue;
    extensions.push(createExtension(dialectName, `${modelFields}.${name}`, value));
  }
  return { topK, reasoning, extensions };
}

type Rest = Record<string, JsonValue | undefined>;
type Take = (name: string) => JsonValue | undefined;

function takeTopK(rest: Rest, take: Take): number | undefined {
  for (const name of ["top_k", "k"]) {
    const value = uint32Of(rest[name]);
    if (value !== undefined) {
      take(name);
      return value;
    }
  }
  const config = objectOf(rest["inferenceConfig"]);
  const value = uint32Of(config?.["topK"]);
  if (config === undefined || value === undefined) return undefined;
  const { topK: _, ...others } = config;
  if (Object.keys(others).length === 0) take("inferenceConfig");
  else rest["inferenceConfig"] = others;
  return value;
}

function takeReasoning(
  rest: Rest,
  take: Take,
  outputEffort: string,
): { readonly reasoning: ReasoningConfig | undefined; readonly extensions: Extension[] } {
  const extensions: Extension[] = [];
  const config = objectOf(rest["output_config"]);
  let effort = stringOf(config?.["effort"]) ?? "";
  if (config !== undefined && effort !== "") {
    const { effort: _, ...others } = config;
    if (Object.keys(others).length === 0) take("output_config");
    else rest["output_config"] = others;
  }
  if (effort === "" && outputEffort !== "") {
    effort = outputEffort;
    extensions.push(createExtension(dialectName, outputEffortNote, outputEffort));
  }
  const thinking = readThinking(rest["thinking"]);
  if (thinking !== undefined) take("thinking");
  const other = thinking === undefined && effort === "" ? readOther(rest, take) : undefined;
  const init = thinking ?? other;
  if (init === undefined && effort === "") return { reasoning: undefined, extensions };
  // An effort alone turns no thinking on, other than in dialects where it is all there is.
  if (init === undefined) extensions.push(createExtension("anthropic.messages", effortNote, effort));
  return { reasoning: create(ReasoningConfigSchema, { effort: effort.slice(0, 32), ...init }), extensions };
}

type ReasoningInit = MessageInitShape<typeof ReasoningConfigSchema>;

/** Claude's `thinking`. Undefined where it says more than the hub can. */
function readThinking(thinking: JsonValue | undefined): ReasoningInit | undefined {
  if (!isObject(thinking)) return undefined;
  const { type, budget_tokens: budget, display, ...others } = thinking;
  if (Object.keys(others).length > 0) return undefined;
  const summary = { summary: (stringOf(display) ?? "").slice(0, 32) };
  const budgetTokens = uint32Of(budget);
  switch (type) {
    case "enabled":
      return budgetTokens === undefined ? undefined : { enabled: true, budgetTokens, ...summary };
    case "adaptive":
      return { enabled: true, adaptive: true, ...summary };
    case "disabled":
      return { enabled: false, ...summary };
    default:
      return undefined;
  }
}

/** Nova's `reasoningConfig`, and the two forms of `reasoning_effort`. */
function readOther(rest: Rest, take: Take): ReasoningInit | undefined {
  const flat = stringOf(rest["reasoning_effort"]);
  if (flat !== undefined) {
    take("reasoning_effort");
    return { effort: flat.slice(0, 32) };
  }
  const nested = onlyMember(rest["reasoning"], "effort");
  if (nested !== undefined) {
    take("reasoning");
    return { effort: nested.slice(0, 32) };
  }
  const config = objectOf(rest["reasoningConfig"]);
  const { type, maxReasoningEffort: effort, ...others } = config ?? {};
  if ((type !== "enabled" && type !== "disabled") || Object.keys(others).length > 0) return undefined;
  take("reasoningConfig");
  return { enabled: type === "enabled", effort: (stringOf(effort) ?? "").slice(0, 32) };
}

function onlyMember(value: JsonValue | undefined, name: string): string | undefined {
  const object: JsonObject = objectOf(value) ?? {};
  return Object.keys(object).length === 1 ? stringOf(object[name]) : undefined;
}
