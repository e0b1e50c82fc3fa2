import type { AdaptRequestOptions, JsonObject, JsonValue, ParameterEdit } from "../dialect.ts";
import { arrayOf, isArray, isObject } from "../json.ts";
import { createChanges } from "../parameter-change.ts";
import { camelize, messageOf, repeatedOf, toCamelCase } from "./camel-case.ts";
import { ignoredSampling, maxStopSequences, refusedPenalty } from "./encode-sampling.ts";
import { type ModelTraits, readModelTraits } from "./model-traits.ts";
import { numberOf } from "./read-number.ts";
import { signCurrentTurn } from "./sign-current-turn.ts";
import { fitThinking, toThinking, writeThinking } from "./thinking.ts";
import { isForeignSignature } from "./thought-signature.ts";

/** The members of a request's body that are looked at, in both ways of writing. */
export const adaptableMembers: readonly string[] = ["contents", "generationConfig", "generation_config"];

/**
 * What must change in a request of Google's own clients so that the model takes it: sampling, penalties and answers that it does not take, thinking
 * in its own terms, and signatures that Google can read.
 */
export function adaptRequest(members: JsonObject, options: AdaptRequestOptions): readonly ParameterEdit[] {
  const traits = readModelTraits(options.model);
  const edits: ParameterEdit[] = [];
  for (const key of ["generationConfig", "generation_config"]) {
    const config = members[key];
    if (isObject(config)) adaptConfig(config, key, traits, edits);
  }
  adaptContents(members["contents"], traits, edits);
  return edits;
}

function adaptConfig(config: JsonObject, head: string, traits: ModelTraits, edits: ParameterEdit[]): void {
  for (const key of Object.keys(config)) {
    const value = config[key];
    if (value === undefined || value === null) continue;
    const field = toCamelCase(key);
    const path = [head, key];
    const changes = createChanges();
    const edit = (action: ParameterEdit["action"]) => {
      for (const change of changes.list()) edits.push({ path, action, change });
    };
    switch (field) {
      case "temperature":
      case "topP":
      case "topK":
        if (!traits.sampling) changes.drop(`generationConfig.${field}`, ignoredSampling);
        edit({ kind: "remove" });
        break;
      case "presencePenalty":
      case "frequencyPenalty":
        if (!traits.penalties) changes.drop(`generationConfig.${field}`, refusedPenalty);
        edit({ kind: "remove" });
        break;
      case "candidateCount":
        if ((numberOf(value) ?? 1) > traits.candidates)
          changes.clamp(`generationConfig.${field}`, `${traits.candidates}`);
        edit(traits.candidates === 1 ? { kind: "remove" } : { kind: "set", value: traits.candidates });
        break;
      case "stopSequences":
        if (isArray(value) && value.length > maxStopSequences) {
          changes.clamp(`generationConfig.${field}`, `the first ${maxStopSequences}`);
          edit({ kind: "set", value: value.slice(0, maxStopSequences) });
        }
        break;
      case "thinkingConfig":
        edits.push(...adaptThinking(value, path, traits));
        break;
      default:
        break;
    }
  }
}

function adaptThinking(value: JsonValue, path: readonly string[], traits: ModelTraits): readonly ParameterEdit[] {
  const config = messageOf(value);
  if (config === undefined) return [];
  const changes = createChanges();
  const fitted = writeThinking(fitThinking(toThinking(config), traits.thinking, changes), config);
  const action: ParameterEdit["action"] = fitted === undefined ? { kind: "remove" } : { kind: "set", value: fitted };
  return changes.list().map((change) => ({ path, action, change }));
}

/** Takes out what other makers signed, and lets pass the calls of the current turn that no model of Google's made. */
function adaptContents(value: JsonValue | undefined, traits: ModelTraits, edits: ParameterEdit[]): void {
  const contents = (repeatedOf(value) ?? []).filter(isObject);
  if (contents.length === 0 || contents.length !== (isArray(value) ? value.length : 1)) return;
  const changes = createChanges();
  let own: readonly JsonObject[] = contents;
  for (const [index, content] of contents.entries()) {
    const parts = dropForeign(content, `contents[${index}]`, changes);
    if (parts === undefined) continue;
    own = own.with(index, { ...camelize(content), parts });
  }
  // A content of nothing but another maker's thoughts says nothing, and Google refuses empty ones.
  own = own.filter((content, index) => content === contents[index] || arrayOf(content["parts"]).length > 0);
  if (traits.demandsSignatures) own = signCurrentTurn(own, changes);
  for (const change of changes.list()) {
    edits.push({ path: ["contents"], action: { kind: "set", value: own }, change });
  }
}

/** The parts without other makers' signatures, and without thoughts that are nothing else. Undefined: there are none. */
function dropForeign(
  content: JsonObject,
  path: string,
  changes: ReturnType<typeof createChanges>,
): readonly JsonValue[] | undefined {
  const parts = repeatedOf(content["parts"]) ?? [];
  if (!parts.some((part) => isForeignSignature(messageOf(part)?.["thoughtSignature"]))) return undefined;
  return parts.flatMap((value, index) => {
    const part = messageOf(value);
    if (part === undefined || !isForeignSignature(part["thoughtSignature"])) return [value];
    changes.drop(`${path}.parts[${index}].thoughtSignature`, "signed by another maker, which Google cannot read");
    const { thoughtSignature: _, ...rest } = part;
    return rest["thought"] === true && (rest["text"] ?? "") === "" ? [] : [rest];
  });
}
