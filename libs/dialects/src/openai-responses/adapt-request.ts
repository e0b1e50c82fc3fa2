import type { AdaptRequestOptions, JsonObject, JsonValue, ParameterEdit } from "../dialect.ts";
import { arrayOf, isArray, isObject, objectOf, stringOf, uint32Of } from "../json.ts";
import { chooseEffort, type ModelTraits, readModelTraits, takesSampling } from "../openai-models/model-traits.ts";
import { createChanges } from "../parameter-change.ts";
import { minOutputTokens } from "./encode-request.ts";
import { includeEncryptedReasoning, includeLogprobs } from "./wire.ts";

/** Parameters of Chat Completions that have another name here; OpenAI's error for each names the new one (seen 2026-11-22). */
const moved: Readonly<Record<string, readonly string[]>> = {
  max_completion_tokens: ["max_output_tokens"],
  max_tokens: ["max_output_tokens"],
  reasoning_effort: ["reasoning", "effort"],
  response_format: ["text", "format"],
  verbosity: ["text", "verbosity"],
};

export const adaptableMembers: readonly string[] = [
  ...Object.keys(moved),
  "include",
  "max_output_tokens",
  "reasoning",
  "temperature",
  "text",
  "top_logprobs",
  "top_p",
];

type Say = "drop" | "convert" | "rename" | "clamp";

/** What must change so that the model takes the request: the same knowledge as in `encodeRequest`. */
export function adaptRequest(members: JsonObject, options: AdaptRequestOptions): readonly ParameterEdit[] {
  const traits = readModelTraits(options.model);
  const edits: ParameterEdit[] = [];
  const edit = (path: readonly string[], action: ParameterEdit["action"], say: Say, detail: string, named = path) => {
    const changes = createChanges();
    changes[say](named.join("."), detail);
    const [change] = changes.list();
    if (change !== undefined) edits.push({ path, action, change });
  };

  for (const [name, path] of Object.entries(moved)) {
    const value = members[name];
    if (value === undefined || value === null) continue;
    if (!isPresent(members, path)) {
      const set = { kind: "set" as const, value: name === "response_format" ? flattenFormat(value) : value };
      edit(path, set, "rename", path.join("."), [name]);
    }
    edit([name], { kind: "remove" }, "rename", path.join("."));
  }

  const effort = adaptReasoning(members, traits, edit);
  const limit = uint32Of(members["max_output_tokens"]) ?? movedLimit(members);
  if (limit !== undefined && limit < minOutputTokens && traits.efforts !== undefined) {
    const detail = `${minOutputTokens}: the provider takes no less`;
    edit(["max_output_tokens"], { kind: "set", value: minOutputTokens }, "clamp", detail);
  }
  if (!takesSampling(traits, effort)) {
    const detail = "the model does not take it while it reasons";
    for (const field of ["temperature", "top_p"]) {
      const value = members[field];
      if (typeof value === "number" && value !== 1) edit([field], { kind: "remove" }, "drop", detail);
    }
    if (members["top_logprobs"]) edit(["top_logprobs"], { kind: "remove" }, "drop", detail);
    adaptInclude(members, includeLogprobs, detail, edit);
  }
  if (traits.efforts?.length === 0) {
    adaptInclude(members, includeEncryptedReasoning, "the model does not reason", edit);
    const verbosity = stringOf(objectOf(members["text"])?.["verbosity"]) ?? stringOf(members["verbosity"]) ?? "medium";
    if (verbosity !== "medium") edit(["text", "verbosity"], { kind: "remove" }, "drop", "the model has one verbosity");
  }
  return edits;
}

type Edit = (path: readonly string[], action: ParameterEdit["action"], say: Say, detail: string) => void;

/** The effort that will be sent. */
function adaptReasoning(members: JsonObject, traits: ModelTraits, edit: Edit): string | undefined {
  const reasoning = objectOf(members["reasoning"]);
  const effort = stringOf(reasoning?.["effort"]) ?? stringOf(members["reasoning_effort"]);
  const { efforts } = traits;
  if (efforts === undefined) return effort;
  if (efforts.length === 0) {
    for (const member of ["effort", "summary", "generate_summary"]) {
      const isSent = isPresent({ reasoning }, ["reasoning", member]) || (member === "effort" && effort !== undefined);
      if (isSent) edit(["reasoning", member], { kind: "remove" }, "drop", "the model does not reason");
    }
    return undefined;
  }
  if (effort === undefined) return undefined;
  const word = chooseEffort(effort, efforts);
  if (word !== effort) {
    edit(["reasoning", "effort"], { kind: "set", value: word }, "convert", `${effort} is sent as ${word}`);
  }
  return word;
}

function adaptInclude(members: JsonObject, word: string, detail: string, edit: Edit): void {
  const include = members["include"];
  if (!isArray(include) || !include.includes(word)) return;
  edit(["include"], { kind: "set", value: arrayOf(include).filter((value) => value !== word) }, "drop", detail);
}

function isPresent(object: JsonObject, path: readonly string[]): boolean {
  let value: JsonValue | undefined = object;
  for (const key of path) value = isObject(value) ? value[key] : undefined;
  return value !== undefined && value !== null;
}

function movedLimit(members: JsonObject): number | undefined {
  return uint32Of(members["max_completion_tokens"]) ?? uint32Of(members["max_tokens"]);
}

/** Chat Completions has the schema, its name and the rest in `json_schema`. */
function flattenFormat(format: JsonValue): JsonValue {
  if (!isObject(format)) return format;
  const { json_schema: schema, ...rest } = format;
  return isObject(schema) ? ({ ...rest, ...schema } as JsonValue) : format;
}
