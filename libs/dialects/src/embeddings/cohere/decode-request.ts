import type { JsonObject, JsonValue, Parsed } from "../../dialect.ts";
import { isArray, isObject, objectOf, stringOf } from "../../json.ts";
import {
  createProblems,
  type Problems,
  readArray,
  readInteger,
  readString,
  reportProblem,
  reportType,
} from "../../request-problem.ts";
import { restOf } from "../embedding-crossing.ts";
import type { EmbeddingAddress } from "../embedding-dialect.ts";
import type { EmbeddingEncoding, EmbeddingInput, EmbeddingPart, EmbeddingRequest } from "../embedding-request.ts";
import { taskWords } from "./task-words.ts";
import type { CohereVariant } from "./variant.ts";

// Fields after the types of Cohere's own SDK (npm `cohere-ai` 8.1.0, seen 2026-11-22).
const known: ReadonlySet<string> = new Set([
  "model",
  "texts",
  "images",
  "inputs",
  "input_type",
  "embedding_types",
  "output_dimension",
  "max_tokens",
  "truncate",
]);

/** START and END at Cohere; Bedrock's models of version 4 say LEFT and RIGHT. */
const truncations: Readonly<Record<string, EmbeddingRequest["truncate"]>> = {
  NONE: "none",
  START: "start",
  END: "end",
  LEFT: "start",
  RIGHT: "end",
};

export function decodeRequest(
  body: JsonObject,
  address: EmbeddingAddress,
  variant: CohereVariant,
): Parsed<EmbeddingRequest> {
  const problems = createProblems();
  const model = variant.namesModel ? body["model"] : address.model;
  if (typeof model !== "string" || model === "") reportType(problems, "model", "a string", model || undefined);
  const inputs = [
    ...readTexts(body, "texts", problems).map((text): EmbeddingInput => ({ content: { kind: "text", text } })),
    ...readTexts(body, "images", problems).map((url) => createParts([{ kind: "image", url }])),
    ...(readArray(problems, body, "inputs", "") ?? []).map((input, index) => decodeInput(input, index, problems)),
  ];
  if (inputs.length === 0) {
    reportProblem(problems, "texts", "invalid 'texts': expected at least one of texts, images or inputs");
  }
  const inputType = readString(problems, body, "input_type", "");
  const truncate = readString(problems, body, "truncate", "");
  if (truncate !== undefined && !Object.hasOwn(truncations, truncate)) {
    const message = `invalid 'truncate': expected one of NONE, START and END, but got '${truncate.slice(0, 64)}'`;
    reportProblem(problems, "truncate", message);
  }
  const types = readTexts(body, "embedding_types", problems);
  const unknown = types.find((type) => !encodings.has(type));
  if (unknown !== undefined) {
    const message = `invalid 'embedding_types': expected ${[...encodings].join(", ")}, but got '${unknown.slice(0, 64)}'`;
    reportProblem(problems, "embedding_types", message);
  }
  const dimensions = readInteger(problems, body, "output_dimension", "", { min: 1, max: 1_000_000 });
  const maxInputTokens = readInteger(problems, body, "max_tokens", "", { min: 1, max: 4_294_967_295 });
  if (problems.first !== undefined) return { kind: "invalid", problem: problems.first };
  const task = taskWords.decode(inputType ?? "");
  const isOther = inputType !== undefined && task === undefined && inputType !== "image";
  return {
    kind: "valid",
    value: {
      model: model as string,
      inputs,
      operation: "",
      dimensions,
      task,
      encodings: types as EmbeddingEncoding[],
      truncate: truncate === undefined ? undefined : truncations[truncate],
      maxInputTokens,
      rest: { ...restOf(body, known), ...(isOther && { input_type: inputType }) },
      dialect: variant.name,
    },
  };
}

const encodings: ReadonlySet<string> = new Set(["float", "int8", "uint8", "binary", "ubinary", "base64"]);

function createParts(parts: readonly EmbeddingPart[]): EmbeddingInput {
  return { content: { kind: "parts", parts } };
}

function readTexts(body: JsonObject, field: string, problems: Problems): string[] {
  const list = readArray(problems, body, field, "") ?? [];
  const texts = list.filter((text) => typeof text === "string");
  if (texts.length < list.length) reportType(problems, field, "an array of strings", list);
  return texts;
}

/** `image_url` is an object at Cohere, and the address itself at Bedrock. */
function decodeInput(input: JsonValue, index: number, problems: Problems): EmbeddingInput {
  const content = isObject(input) ? input["content"] : undefined;
  if (!isArray(content)) {
    reportType(problems, `inputs[${index}].content`, "an array of objects", content ?? undefined);
    return createParts([]);
  }
  const parts = content.map((piece, position): EmbeddingPart => {
    const path = `inputs[${index}].content[${position}]`;
    const text = isObject(piece) && piece["type"] === "text" ? stringOf(piece["text"]) : undefined;
    if (text !== undefined) return { kind: "text", text };
    const image = isObject(piece) && piece["type"] === "image_url" ? piece["image_url"] : undefined;
    const url = stringOf(image) ?? stringOf(objectOf(image)?.["url"]);
    if (url === undefined) reportProblem(problems, path, `invalid '${path}': expected a text or a picture`);
    return { kind: "image", url: url ?? "" };
  });
  return createParts(parts);
}
