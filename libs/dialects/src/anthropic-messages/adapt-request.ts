import type { AdaptRequestOptions, JsonObject, ParameterEdit } from "../dialect.ts";
import { isArray, objectOf, stringOf, uint32Of } from "../json.ts";
import { createEdits, type Edits } from "../parameter-edits.ts";
import { adaptThinking } from "./adapt-thinking.ts";
import { minTopPWhileThinking } from "./encode-sampling.ts";
import { type ModelTraits, readModelTraits } from "./model-traits.ts";

export const adaptableMembers: readonly string[] = [
  "max_tokens",
  "output_config",
  "stop_sequences",
  "temperature",
  "thinking",
  "tool_choice",
  "top_k",
  "top_p",
];

/**
 * What must change so that the model takes the request: the same knowledge as in `encodeRequest`. Of models whose names are not Anthropic's
 * nothing is known but that the dialect requires a limit on output.
 */
export function adaptRequest(members: JsonObject, options: AdaptRequestOptions): readonly ParameterEdit[] {
  const edits = createEdits();
  const maxTokens = uint32Of(members["max_tokens"]);
  if (members["max_tokens"] === undefined || members["max_tokens"] === null) {
    const value = options.defaultMaxOutputTokens;
    edits.set(["max_tokens"], value, "addDefault", `${value}: Anthropic requires a limit`);
  }
  const traits = readModelTraits(options.model);
  if (!traits.isKnown) return edits.list();
  const isForced = adaptToolChoice(members, traits, edits);
  const thinks = adaptThinking(members, maxTokens ?? options.defaultMaxOutputTokens, isForced, traits, edits);
  adaptSampling(members, thinks, traits, edits);
  adaptStops(members, edits);
  return edits.list();
}

/** Whether a call is forced in the end. */
function adaptToolChoice(members: JsonObject, traits: ModelTraits, edits: Edits): boolean {
  const choice = objectOf(members["tool_choice"]);
  const type = stringOf(choice?.["type"]);
  if (type !== "any" && type !== "tool") return false;
  if (traits.forcedTools) return true;
  const { type: _, name: __, ...rest } = choice ?? {};
  const detail = "auto: the model always thinks, and then calls no tool by force";
  edits.set(["tool_choice"], { ...rest, type: "auto" }, "convert", detail);
  return false;
}

function adaptSampling(members: JsonObject, thinks: boolean, traits: ModelTraits, edits: Edits): void {
  const { temperature, top_p: topP, top_k: topK } = members;
  if (!traits.sampling) {
    // 1 is the default, and means the same.
    if (typeof temperature === "number" && temperature !== 1) edits.remove(["temperature"], "the model takes none");
    if (typeof topP === "number" && topP !== 1) edits.remove(["top_p"], "the model takes none");
    if (typeof topK === "number") edits.remove(["top_k"], "the model takes none");
    return;
  }
  let isSent = typeof temperature === "number";
  if (typeof temperature === "number") {
    if (thinks && temperature !== 1) {
      edits.remove(["temperature"], "a model that thinks takes 1 only");
      isSent = false;
    } else if (temperature > 1) edits.set(["temperature"], 1, "clamp", "1: Anthropic takes 0 to 1");
  }
  if (typeof topP === "number") {
    if (isSent && !traits.temperatureWithTopP) {
      edits.remove(["top_p"], "the model takes temperature or top_p, not both");
    } else if (thinks && topP < minTopPWhileThinking) {
      const detail = `${minTopPWhileThinking}: a model that thinks takes no less`;
      edits.set(["top_p"], minTopPWhileThinking, "clamp", detail);
    }
  }
  if (typeof topK === "number" && thinks) edits.remove(["top_k"], "a model that thinks takes none");
}

function adaptStops(members: JsonObject, edits: Edits): void {
  const sequences = members["stop_sequences"];
  if (!isArray(sequences)) return;
  const kept = sequences.filter((sequence) => typeof sequence !== "string" || sequence.trim() !== "");
  if (kept.length === sequences.length) return;
  const detail = "Anthropic takes no stop sequence of white space only";
  if (kept.length === 0) edits.remove(["stop_sequences"], detail);
  else edits.set(["stop_sequences"], kept, "convert", `${detail}: left out`);
}
