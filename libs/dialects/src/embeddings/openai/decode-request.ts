import type { JsonObject, JsonValue, Parsed } from "../../dialect.ts";
import { isArray } from "../../json.ts";
import {
  createProblems,
  type Problems,
  readInteger,
  readString,
  reportProblem,
  reportType,
} from "../../request-problem.ts";
import { restOf } from "../embedding-crossing.ts";
import type { EmbeddingEncoding, EmbeddingInput, EmbeddingRequest } from "../embedding-request.ts";

// Fields after the types of OpenAI's own SDK (npm `openai` 7.57.0, seen 2026-11-22).
const known: ReadonlySet<string> = new Set(["model", "input", "dimensions", "encoding_format", "user"]);

export function decodeRequest(body: JsonObject): Parsed<EmbeddingRequest> {
  const problems = createProblems();
  const model = body["model"];
  if (typeof model !== "string" || model === "") {
    if (typeof model === "string" || model === undefined || model === null) {
      reportProblem(problems, "model", "you must provide a model parameter");
    } else reportType(problems, "model", "a string", model);
  }
  const inputs = decodeInputs(body["input"], problems);
  const dimensions = readInteger(problems, body, "dimensions", "", { min: 1, max: 1_000_000 });
  const endUser = readString(problems, body, "user", "");
  const format = readString(problems, body, "encoding_format", "");
  if (format !== undefined && format !== "float" && format !== "base64") {
    const message = `invalid 'encoding_format': expected one of 'float' and 'base64', but got '${format.slice(0, 64)}'`;
    reportProblem(problems, "encoding_format", message);
  }
  if (problems.first !== undefined) return { kind: "invalid", problem: problems.first };
  return {
    kind: "valid",
    value: {
      model: model as string,
      inputs,
      operation: "",
      dimensions,
      encodings: format === undefined ? [] : [format as EmbeddingEncoding],
      endUser,
      rest: restOf(body, known),
      dialect: "openai.embeddings",
    },
  };
}

/** A text, texts, tokens, or lists of tokens. */
function decodeInputs(input: JsonValue | undefined, problems: Problems): EmbeddingInput[] {
  if (typeof input === "string") return [createText(input)];
  if (!isArray(input)) {
    reportType(problems, "input", "one of a string or array", input ?? undefined);
    return [];
  }
  if (input.length === 0) reportProblem(problems, "input", "invalid 'input': expected at least one");
  if (isTokens(input)) return [{ content: { kind: "tokens", tokens: input } }];
  return input.map((entry, index) => {
    if (typeof entry === "string") return createText(entry);
    if (isArray(entry) && entry.length > 0 && isTokens(entry)) return { content: { kind: "tokens", tokens: entry } };
    reportType(problems, `input[${index}]`, "one of a string or array of integers", entry);
    return createText("");
  });
}

function createText(text: string): EmbeddingInput {
  return { content: { kind: "text", text } };
}

function isTokens(list: readonly JsonValue[]): list is readonly number[] {
  return list.length > 0 && list.every((entry) => typeof entry === "number" && Number.isInteger(entry));
}
