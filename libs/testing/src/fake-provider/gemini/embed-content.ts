import { type Answer, jsonAnswer } from "../answer.ts";
import type { ApiError } from "../api-error.ts";
import type { Exchange } from "../exchange.ts";
import { isObject, type JsonObject, numberOf, objectsOf, stringOf } from "../json.ts";
import { embed } from "../openai-embeddings.ts";
import { countTokens } from "../token-count.ts";
import { geminiEmbeddingDimensions } from "./gemini-models.ts";
import { fieldViolations, invalidArgument } from "./google-error.ts";
import { BATCH_EMBED_CONTENTS_REQUEST, EMBED_CONTENT_REQUEST } from "./messages.ts";
import { readMessage } from "./proto-json.ts";
import { textOfParts } from "./read-gemini-facts.ts";

/** The answer to :embedContent. */
export function embedContent(exchange: Exchange, body: JsonObject, model: string): Answer | ApiError {
  const { value, violations } = readMessage(body, EMBED_CONTENT_REQUEST);
  const refused = fieldViolations(violations) ?? checkRequest(value, model, "EmbedContentRequest");
  if (refused !== undefined) {
    return refused;
  }
  const tokens = tokensOf(value);
  return jsonAnswer(
    200,
    { embedding: { values: valuesOf(value, model) }, usageMetadata: { promptTokenCount: tokens } },
    exchange.headers,
    { inputTokens: tokens, outputTokens: 0 },
  );
}

/** The answer to :batchEmbedContents. */
export function batchEmbedContents(exchange: Exchange, body: JsonObject, model: string): Answer | ApiError {
  const { value, violations } = readMessage(body, BATCH_EMBED_CONTENTS_REQUEST);
  const requests = objectsOf(value["requests"]);
  if (violations.length > 0) {
    return fieldViolations(violations) ?? invalidArgument("");
  }
  if (requests.length === 0 || requests.length > 100) {
    return invalidArgument(
      requests.length === 0
        ? "* BatchEmbedContentsRequest.requests: requests is not specified\n"
        : "* BatchEmbedContentsRequest.requests: at most 100 requests can be in one batch\n",
    );
  }
  for (const [at, request] of requests.entries()) {
    const path = `BatchEmbedContentsRequest.requests[${at}]`;
    const refused =
      stringOf(request["model"]) === undefined
        ? invalidArgument(`* ${path}.model: model is required\n`)
        : checkRequest(request, model, path);
    if (refused !== undefined) {
      return refused;
    }
  }
  const inputTokens = requests.reduce((sum, request) => sum + tokensOf(request), 0);
  const embeddings = requests.map((request) => ({ values: valuesOf(request, model) }));
  return jsonAnswer(200, { embeddings }, exchange.headers, { inputTokens, outputTokens: 0 });
}

/** The answer to Vertex's :predict with instances of texts. */
export function predictEmbeddings(exchange: Exchange, body: JsonObject, model: string): Answer | ApiError {
  const instances = objectsOf(body["instances"]);
  const parameters = isObject(body["parameters"]) ? body["parameters"] : {};
  if (instances.length === 0 || instances.some((instance) => typeof instance["content"] !== "string")) {
    return invalidArgument("Invalid instances: content is required in each instance.");
  }
  const dimensions = numberOf(parameters["outputDimensionality"]) ?? geminiEmbeddingDimensions(model);
  let inputTokens = 0;
  const predictions = instances.map((instance) => {
    const text = String(instance["content"]);
    const tokens = Math.max(1, countTokens(text));
    inputTokens += tokens;
    const statistics = { truncated: false, token_count: tokens };
    return { embeddings: { values: Array.from(embed(text, dimensions)), statistics } };
  });
  const metadata = { billableCharacterCount: instances.map((one) => String(one["content"])).join("").length };
  return jsonAnswer(200, { predictions, metadata }, exchange.headers, { inputTokens, outputTokens: 0 });
}

function checkRequest(request: JsonObject, model: string, path: string): ApiError | undefined {
  const named = stringOf(request["model"]);
  if (named !== undefined && named !== `models/${model}`) {
    return invalidArgument(`* ${path}.model: unexpected model name format or another model than the request's\n`);
  }
  const content = isObject(request["content"]) ? request["content"] : {};
  if (objectsOf(content["parts"]).length === 0) {
    return invalidArgument(`* ${path}.content: contents is not specified\n`);
  }
  const dimensions = dimensionsOf(request);
  return dimensions !== undefined && (dimensions < 1 || dimensions > geminiEmbeddingDimensions(model))
    ? invalidArgument(`* ${path}.output_dimensionality: out of range\n`)
    : undefined;
}

function dimensionsOf(request: JsonObject): number | undefined {
  const config = isObject(request["embedContentConfig"]) ? request["embedContentConfig"] : request;
  return numberOf(config["outputDimensionality"]);
}

function tokensOf(request: JsonObject): number {
  const content = isObject(request["content"]) ? request["content"] : {};
  return Math.max(1, countTokens(textOfParts(content["parts"])));
}

function valuesOf(request: JsonObject, model: string): readonly number[] {
  const content = isObject(request["content"]) ? request["content"] : {};
  return Array.from(embed(textOfParts(content["parts"]), dimensionsOf(request) ?? geminiEmbeddingDimensions(model)));
}
