import { type Answer, jsonAnswer } from "./answer.ts";
import type { ApiError } from "./api-error.ts";
import type { JsonObject } from "./json.ts";
import { invalid } from "./openai-invalid.ts";
import { embeddingDimensions } from "./openai-models.ts";
import type { Plan } from "./script.ts";
import { countEmbeddingTokens } from "./token-count.ts";

const PARAMETERS = ["input", "model", "encoding_format", "dimensions", "user"];

/** What OpenAI says to an embeddings request it does not accept; undefined for one it accepts. */
export function validateEmbeddings(body: JsonObject): ApiError | undefined {
  const { input, dimensions, encoding_format: format } = body;
  const extra = Object.keys(body).find((name) => !PARAMETERS.includes(name));
  if (extra !== undefined) {
    return invalid(`Unrecognized request argument supplied: ${extra}`);
  }
  if (dimensions !== undefined && dimensions !== null) {
    if (!Number.isInteger(dimensions)) {
      return invalid(`${JSON.stringify(dimensions)} is not of type 'integer' - 'dimensions'`);
    }
    if (Number(dimensions) < 1) {
      return invalid(`${dimensions} is less than the minimum of 1 - 'dimensions'`);
    }
    const most = embeddingDimensions(String(body["model"]));
    if (Number(dimensions) > most) {
      return invalid(`Invalid value for 'dimensions' = ${dimensions}. Must be less than or equal to ${most}.`);
    }
  }
  if (format !== undefined && format !== null && format !== "float" && format !== "base64") {
    return invalid(`'${format}' is not one of ['float', 'base64'] - 'encoding_format'`);
  }
  if (input === undefined || input === null || input === "" || (Array.isArray(input) && input.length === 0)) {
    return invalid(
      "'$.input' is invalid. Please check the API reference: https://platform.openai.com/docs/api-reference.",
    );
  }
  const inputs = inputsOf(input);
  if (inputs.length > 2048) {
    return invalid(`'$.input' is invalid: at most 2048 inputs are accepted, got ${inputs.length}.`);
  }
  const fits = inputs.every((entry) => isText(entry) || isTokens(entry));
  return fits
    ? undefined
    : invalid("'$.input' is invalid. Please check the API reference: https://platform.openai.com/docs/api-reference.");
}

/** The answer to a valid embeddings request: one unit vector per input. */
export function answerEmbeddings(body: JsonObject, plan: Plan, headers: Readonly<Record<string, string>>): Answer {
  const model = String(body["model"]);
  const dimensions = Number(body["dimensions"] ?? embeddingDimensions(model));
  const inputTokens = plan.reply?.usage?.inputTokens ?? countEmbeddingTokens(body["input"]);
  const data = inputsOf(body["input"]).map((input, index) => {
    const vector = embed(typeof input === "string" ? input : JSON.stringify(input), dimensions);
    return {
      object: "embedding",
      index,
      embedding:
        body["encoding_format"] === "base64" ? Buffer.from(vector.buffer).toString("base64") : Array.from(vector),
    };
  });
  return jsonAnswer(
    200,
    { object: "list", data, model, usage: { prompt_tokens: inputTokens, total_tokens: inputTokens } },
    { ...headers, ...plan.reply?.headers },
    { inputTokens, outputTokens: 0 },
  );
}

/**
 * A unit vector of the text's words: each word, in lower case, adds to eight places of its own. Texts that share words
 * are near each other, texts that share none nearly orthogonal; equal texts have equal vectors.
 */
export function embed(text: string, dimensions: number): Float32Array {
  const vector = new Float32Array(dimensions);
  for (const word of text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [text]) {
    let hash = 2166136261;
    for (let at = 0; at < word.length; at += 1) {
      hash = Math.imul(hash ^ word.charCodeAt(at), 16777619);
    }
    for (let place = 0; place < 8; place += 1) {
      hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) + place;
      const index = (hash >>> 1) % dimensions;
      vector[index] = (vector[index] ?? 0) + ((hash & 1) === 0 ? 1 : -1);
    }
  }
  let squares = 0;
  for (const value of vector) {
    squares += value * value;
  }
  const length = Math.sqrt(squares);
  if (length === 0) {
    vector[0] = 1;
    return vector;
  }
  return vector.map((value) => value / length);
}

function inputsOf(input: unknown): readonly unknown[] {
  return Array.isArray(input) && !isTokens(input) ? input : [input];
}

function isText(entry: unknown): boolean {
  return typeof entry === "string" && entry !== "";
}

function isTokens(entry: unknown): boolean {
  return Array.isArray(entry) && entry.length > 0 && entry.every((token) => Number.isInteger(token));
}
