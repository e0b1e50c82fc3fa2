import type { AdaptRequestOptions, JsonObject, JsonValue, ParameterEdit } from "../dialect.ts";
import { isArray, objectOf } from "../json.ts";
import { createChanges } from "../parameter-change.ts";
import { modelFields } from "./model-fields.ts";
import { type ModelTraits, readModelTraits } from "./model-traits.ts";

/** The members that `adaptRequest` looks at. */
export const adaptableMembers: readonly string[] = ["inferenceConfig", modelFields];

/** What must change in a request of Bedrock's own so that the model takes it: what `encodeRequest` knows of sampling and of stop sequences. */
export function adaptRequest(members: JsonObject, { model }: AdaptRequestOptions): readonly ParameterEdit[] {
  const traits = readModelTraits(model);
  const inference = objectOf(members["inferenceConfig"]) ?? {};
  const fields = objectOf(members[modelFields]) ?? {};
  return [...adaptSampling(inference, fields, traits), ...adaptStops(inference, traits)];
}

function adaptSampling(inference: JsonObject, fields: JsonObject, traits: ModelTraits): ParameterEdit[] {
  const { claude } = traits;
  const edits: ParameterEdit[] = [];
  const has = (source: JsonObject, name: string) => source[name] !== undefined && source[name] !== null;
  const drop = (path: readonly string[], why: string) => edits.push(removed(path, why));
  if (claude !== undefined && !claude.sampling) {
    if (has(inference, "temperature")) drop(["inferenceConfig", "temperature"], "the model takes none");
    if (has(inference, "topP")) drop(["inferenceConfig", "topP"], "the model takes none");
    if (has(fields, "top_k")) drop([modelFields, "top_k"], "the model takes none");
    return edits;
  }
  const thinking = objectOf(fields["thinking"])?.["type"];
  const thinks = claude !== undefined && (thinking === "enabled" || thinking === "adaptive");
  const hardest = objectOf(fields["reasoningConfig"])?.["maxReasoningEffort"] === "high" && traits.reasoning === "nova";
  const why = thinks ? "a model that thinks takes 1 only" : "a model that reasons at its hardest takes none";
  const { temperature, topP } = inference;
  if ((thinks && typeof temperature === "number" && temperature !== 1) || (hardest && has(inference, "temperature"))) {
    drop(["inferenceConfig", "temperature"], why);
  } else if (typeof temperature === "number" && temperature > 1) {
    edits.push(clamped(["inferenceConfig", "temperature"], 1, "1: Bedrock takes 0 to 1"));
  }
  if (hardest && has(inference, "topP")) drop(["inferenceConfig", "topP"], why);
  if (thinks && typeof topP === "number" && topP < minTopPWhileThinking) {
    const least = `${minTopPWhileThinking}: a model that thinks takes no less`;
    edits.push(clamped(["inferenceConfig", "topP"], minTopPWhileThinking, least));
  } else if (
    claude?.temperatureWithTopP === false &&
    !thinks &&
    has(inference, "temperature") &&
    has(inference, "topP")
  ) {
    drop(["inferenceConfig", "topP"], "the model takes temperature or top_p, not both");
  }
  if (thinks && has(fields, "top_k")) drop([modelFields, "top_k"], "a model that thinks takes none");
  return edits;
}

/** As for Anthropic's own API (extended thinking, "feature compatibility", seen 2026-11-22). */
const minTopPWhileThinking = 0.95;

function adaptStops(inference: JsonObject, { maxStopSequences: limit }: ModelTraits): ParameterEdit[] {
  const stops = inference["stopSequences"];
  if (limit === undefined || !isArray(stops) || stops.length <= limit) return [];
  return [
    clamped(["inferenceConfig", "stopSequences"], stops.slice(0, limit), `the first ${limit}: the model takes no more`),
  ];
}

function removed(path: readonly string[], why: string): ParameterEdit {
  const changes = createChanges();
  changes.drop(path.join("."), why);
  return { path, action: { kind: "remove" }, change: changes.list()[0] as ParameterEdit["change"] };
}

function clamped(path: readonly string[], value: JsonValue, why: string): ParameterEdit {
  const changes = createChanges();
  changes.clamp(path.join("."), why);
  return { path, action: { kind: "set", value }, change: changes.list()[0] as ParameterEdit["change"] };
}
