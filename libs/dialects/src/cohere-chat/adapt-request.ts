import { applyParameterRules } from "../apply-parameter-rules.ts";
import type { AdaptRequestOptions, JsonObject, ParameterEdit } from "../dialect.ts";
import { isArray, objectOf } from "../json.ts";
import type { ParameterRule } from "../parameter-rule.ts";
import { type ModelTraits, readModelTraits } from "./model-traits.ts";

/** Where a rule is known from where it has no source of its own. */
const sdkTypes = "comments of the SDK's types (npm cohere-ai 8.1.0, seen 2026-11-22)";

function clamp(name: string, minimum: number, maximum: number, source = sdkTypes): ParameterRule {
  const action = { kind: "clamp", minimum, maximum } as const;
  return { path: [name], action, reason: `Cohere takes ${minimum} to ${maximum}`, source };
}

const ranges: readonly ParameterRule[] = [
  clamp("temperature", 0, 1, "github.com/cohere-ai/cohere-developer-experience/pull/523 (seen 2026-11-22)"),
  clamp("p", 0.01, 0.99),
  clamp("k", 0, 500),
  clamp("frequency_penalty", 0, 1),
  clamp("presence_penalty", 0, 1),
  { path: ["stop_sequences"], action: { kind: "clamp", maximum: 5 }, reason: "Cohere takes five", source: sdkTypes },
];

export const adaptableMembers: readonly string[] = [
  ...ranges.map(({ path }) => path[0] as string),
  "thinking",
  "tool_choice",
  "safety_mode",
  "response_format",
  "tools",
  "documents",
];

/** What a model does not take, or not beside something else. */
export function adaptRequest(members: JsonObject, options: AdaptRequestOptions): readonly ParameterEdit[] {
  return applyParameterRules(members, [
    ...ranges,
    ...rulesOfModel(readModelTraits(options.model)),
    ...rulesOf(members),
  ]);
}

function rulesOfModel(traits: ModelTraits): readonly ParameterRule[] {
  const drop = (name: string, reason: string): ParameterRule => ({
    path: [name],
    action: { kind: "drop" },
    reason,
    source: sdkTypes,
  });
  const rules: ParameterRule[] = [];
  if (traits.thinking === false) rules.push(drop("thinking", "the model does not think"));
  if (!traits.toolChoice) rules.push(drop("tool_choice", "the model takes none"));
  if (traits.safetyModes !== undefined) {
    rules.push({
      path: ["safety_mode"],
      action: { kind: "only", values: traits.safetyModes },
      reason: "the model does not take this mode",
      source: sdkTypes,
    });
  }
  return rules;
}

/** The form of the answer and the safety mode cannot be chosen beside tools or documents. */
function rulesOf(members: JsonObject): readonly ParameterRule[] {
  const beside = ["tools", "documents"].find((name) => isArray(members[name]) && members[name].length > 0);
  if (beside === undefined) return [];
  const drop = (name: string): ParameterRule => ({
    path: [name],
    action: { kind: "drop" },
    reason: `Cohere takes none beside ${beside}`,
    source: sdkTypes,
  });
  const isText = objectOf(members["response_format"])?.["type"] === "text";
  return isText ? [drop("safety_mode")] : [drop("safety_mode"), drop("response_format")];
}
