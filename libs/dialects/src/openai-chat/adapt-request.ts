import type { AdaptRequestOptions, JsonObject, ParameterEdit } from "../dialect.ts";
import { arrayOf, isArray, objectOf, stringOf } from "../json.ts";
import { chooseEffort, type ModelTraits, readModelTraits, takesSampling } from "../openai-models/model-traits.ts";
import { createEdits, type Edits } from "../parameter-edits.ts";

/** OpenAI takes no more stop sequences (its API reference, "stop", seen 2026-11-22). */
const maxStops = 4;

/** Parameters that choose among tokens, with the value that is the same as none. */
const sampling: readonly (readonly [name: string, neutral: unknown])[] = [
  ["temperature", 1],
  ["top_p", 1],
  ["frequency_penalty", 0],
  ["presence_penalty", 0],
  ["logprobs", false],
  ["top_logprobs", 0],
];

export const adaptableMembers: readonly string[] = [
  ...sampling.map(([name]) => name),
  "functions",
  "logit_bias",
  "max_completion_tokens",
  "max_tokens",
  "parallel_tool_calls",
  "reasoning_effort",
  "stop",
  "tools",
];

/**
 * What must change so that the model takes the request. `encodeRequest` asks the same of what it has written. Of models whose names are not
 * OpenAI's nothing is known, and nothing changes.
 */
export function adaptRequest(
  members: JsonObject,
  { model }: Pick<AdaptRequestOptions, "model">,
): readonly ParameterEdit[] {
  const traits = readModelTraits(model);
  const edits = createEdits();
  adaptOutputLimit(members, traits, edits);
  const effort = adaptEffort(members, traits, edits);
  if (!takesSampling(traits, effort)) dropSampling(members, traits, edits);
  else if (traits.isKnown) clampStops(members, edits);
  if (!traits.parallelToolCalls && isPresent(members["parallel_tool_calls"])) {
    edits.remove(["parallel_tool_calls"], "the model calls one tool at a time");
  }
  return edits.list();
}

/** Models that reason take the newer name alone. */
function adaptOutputLimit(members: JsonObject, { efforts }: ModelTraits, edits: Edits): void {
  if (efforts === undefined || efforts.length === 0 || !isPresent(members["max_tokens"])) return;
  if (isPresent(members["max_completion_tokens"])) edits.remove(["max_tokens"], "max_completion_tokens is sent");
  else edits.rename(["max_tokens"], "max_completion_tokens", "max_completion_tokens");
}

/** The effort that is sent in the end. */
function adaptEffort(members: JsonObject, traits: ModelTraits, edits: Edits): string | undefined {
  const path = ["reasoning_effort"];
  const effort = stringOf(members["reasoning_effort"]);
  const hasTools = arrayOf(members["tools"]).length > 0 || arrayOf(members["functions"]).length > 0;
  if (traits.efforts === undefined) return effort;
  if (traits.efforts.length === 0) {
    if (effort !== undefined) edits.remove(path, "the model does not reason");
    return undefined;
  }
  if (hasTools && traits.effortWithTools === "none" && effort !== "none") {
    const detail = "none: beside tools the model takes no other here, only in openai.responses";
    edits.set(path, "none", effort === undefined ? "addDefault" : "convert", detail);
    return "none";
  }
  if (effort === undefined) return undefined;
  const word = chooseEffort(effort, traits.efforts);
  if (hasTools && traits.effortWithTools === "unsaid" && word !== "none") {
    edits.remove(path, "beside tools the model takes none here, only in openai.responses");
    return undefined;
  }
  if (word !== effort) edits.set(path, word, "convert", `${effort} is sent as ${word}`);
  return word;
}

/** A model that searches the web refuses these whatever their value, one that reasons where they say something. */
function dropSampling(members: JsonObject, { searchesWeb }: ModelTraits, edits: Edits): void {
  const detail = searchesWeb ? "the model does not take it" : "the model does not take it while it reasons";
  for (const [name, neutral] of sampling) {
    const value = members[name];
    if (isPresent(value) && (searchesWeb || value !== neutral)) edits.remove([name], detail);
  }
  if (Object.keys(objectOf(members["logit_bias"]) ?? {}).length > 0) edits.remove(["logit_bias"], detail);
  const { stop } = members;
  if (typeof stop === "string" || arrayOf(stop).length > 0) edits.remove(["stop"], detail);
}

function clampStops(members: JsonObject, edits: Edits): void {
  const { stop } = members;
  if (!isArray(stop) || stop.length <= maxStops) return;
  edits.set(["stop"], stop.slice(0, maxStops), "clamp", `the first ${maxStops}: OpenAI takes no more`);
}

function isPresent(value: JsonObject[string]): boolean {
  return value !== undefined && value !== null;
}
