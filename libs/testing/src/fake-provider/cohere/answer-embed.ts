import { type Answer, jsonAnswer } from "../answer.ts";
import type { ApiError } from "../api-error.ts";
import type { Exchange } from "../exchange.ts";
import { isKnownModel } from "../is-known-model.ts";
import { isObject, type JsonObject, objectsOf, stringOf } from "../json.ts";
import { embed } from "../openai-embeddings.ts";
import { countTokens } from "../token-count.ts";
import { cohereError, invalidRequest, unknownCohereModel, unknownField } from "./cohere-error.ts";
import { cohereEmbeddingDimensions } from "./cohere-models.ts";

/** Parameters of POST /v2/embed (cohere-ai 8.1.0, seen 2026-11-22). */
const PARAMETERS = [
  "model",
  "texts",
  "images",
  "inputs",
  "input_type",
  "max_tokens",
  "output_dimension",
  "embedding_types",
  "truncate",
  "priority",
];

const INPUT_TYPES = ["search_document", "search_query", "classification", "clustering", "image"];
const EMBEDDING_TYPES = ["float", "int8", "uint8", "binary", "ubinary", "base64"];
const MAX_INPUTS = 96;

/** The answer to POST /v2/embed. */
export function answerEmbedRequest(exchange: Exchange): Answer | ApiError {
  const body = exchange.received.json;
  return isObject(body)
    ? answerEmbed(exchange, body)
    : cohereError(400, "invalid json syntax: the request body is no JSON object");
}

/** The same for a body from elsewhere. */
export function answerEmbed(exchange: Exchange, body: JsonObject): Answer | ApiError {
  const name = stringOf(body["model"]) ?? "";
  const dimensions = cohereEmbeddingDimensions(name) ?? [1024];
  if (cohereEmbeddingDimensions(name) === undefined && !isKnownModel(name, exchange.surroundings)) {
    return unknownCohereModel(name);
  }
  const refused = unknownField(Object.keys(body), PARAMETERS) ?? checkEmbed(body, dimensions);
  if (refused !== undefined) {
    return refused;
  }
  const inputs = inputsOf(body);
  const length = Number(body["output_dimension"] ?? dimensions[0]);
  const vectors = inputs.map((text) => embed(text, length));
  const types = Array.isArray(body["embedding_types"]) ? body["embedding_types"].map(String) : ["float"];
  const inputTokens = inputs.reduce((sum, text) => sum + Math.max(1, countTokens(text)), 0);
  return jsonAnswer(
    200,
    {
      id: exchange.ids.cohereId,
      texts: inputs,
      embeddings: Object.fromEntries(types.map((type) => [type, vectors.map((vector) => encodeVector(vector, type))])),
      meta: { api_version: { version: "2" }, billed_units: { input_tokens: inputTokens } },
      response_type: "embeddings_by_type",
    },
    exchange.headers,
    { inputTokens, outputTokens: 0 },
  );
}

function checkEmbed(body: JsonObject, dimensions: readonly number[]): ApiError | undefined {
  const inputs = inputsOf(body);
  if (inputs.length === 0) {
    return invalidRequest("must provide either texts, images or inputs");
  }
  if (inputs.length > MAX_INPUTS) {
    return invalidRequest(`total number of texts must be at most ${MAX_INPUTS} - received ${inputs.length}.`);
  }
  if (!INPUT_TYPES.includes(String(body["input_type"]))) {
    return invalidRequest("valid input_type must be provided with the provided model");
  }
  const types = Array.isArray(body["embedding_types"]) ? body["embedding_types"] : [];
  const strange = types.find((type) => !EMBEDDING_TYPES.includes(String(type)));
  if (strange !== undefined) {
    return invalidRequest(`${strange} is not a valid embedding type`);
  }
  const length = body["output_dimension"];
  return length === undefined || length === null || dimensions.includes(Number(length))
    ? undefined
    : invalidRequest(`output_dimension must be one of ${[...dimensions].sort((a, b) => a - b).join(", ")}`);
}

/** Texts; of other inputs their text, or what stands for their image. */
function inputsOf(body: JsonObject): readonly string[] {
  const texts = Array.isArray(body["texts"]) ? body["texts"].map(String) : [];
  const images = Array.isArray(body["images"]) ? body["images"].map(String) : [];
  const mixed = objectsOf(body["inputs"]).map((input) =>
    objectsOf(input["content"])
      .map((part) => stringOf(part["text"]) ?? JSON.stringify(part["image_url"]))
      .join(" "),
  );
  return [...texts, ...images, ...mixed];
}

function encodeVector(vector: Float32Array, type: string): readonly number[] | string {
  const values = Array.from(vector);
  switch (type) {
    case "int8":
      return values.map((value) => Math.round(value * 127));
    case "uint8":
      return values.map((value) => Math.round(value * 127) + 128);
    case "binary":
      return packBits(values).map((byte) => byte - 128);
    case "ubinary":
      return packBits(values);
    case "base64":
      return Buffer.from(vector.buffer).toString("base64");
    default:
      return values;
  }
}

/** A bit for each value, set where it is positive, the first of eight the highest. */
function packBits(values: readonly number[]): readonly number[] {
  return Array.from({ length: Math.ceil(values.length / 8) }, (_, at) =>
    values.slice(at * 8, at * 8 + 8).reduce((byte, value, bit) => byte | (value > 0 ? 128 >> bit : 0), 0),
  );
}
