import { type Answer, jsonAnswer } from "../answer.ts";
import type { ApiError } from "../api-error.ts";
import type { Exchange } from "../exchange.ts";
import { isKnownModel } from "../is-known-model.ts";
import { isObject, type JsonObject } from "../json.ts";
import { countGeminiInputTokens } from "../token-count.ts";
import { batchEmbedContents, embedContent, predictEmbeddings } from "./embed-content.ts";
import { findGeminiModel, GEMINI_EMBEDDING_MODELS, GEMINI_MODELS, isGeminiEmbeddingModel } from "./gemini-models.ts";
import { generateContent } from "./generate-content.ts";
import { fieldViolations, invalidArgument } from "./google-error.ts";
import { COUNT_TOKENS_REQUEST, GENERATE_CONTENT_REQUEST } from "./messages.ts";
import { readMessage } from "./proto-json.ts";
import { validateGenerate } from "./validate-generate.ts";

/** The answer to a POST to `…/models/<model>:<verb>`, of the Gemini API or of Vertex. */
export function answerGemini(exchange: Exchange): Answer | ApiError {
  const { received } = exchange;
  const modelName = received.model ?? "";
  const verb = received.path.slice(received.path.lastIndexOf(":") + 1);
  const embeds = received.api === "gemini.embed";
  const model = findGeminiModel(modelName);
  const known = embeds ? isGeminiEmbeddingModel(modelName) : model !== undefined;
  if (!known && !isKnownModel(modelName, exchange.surroundings)) {
    return unknownGeminiModel(received.path, modelName, verb);
  }
  const body = received.json;
  if (!isObject(body)) {
    return invalidArgument("Invalid JSON payload received. Expected an object.");
  }
  switch (verb) {
    case "embedContent":
      return embedContent(exchange, body, modelName);
    case "batchEmbedContents":
      return batchEmbedContents(exchange, body, modelName);
    case "predict":
      return predictEmbeddings(exchange, body, modelName);
    case "countTokens":
      return countTokensOf(exchange, body);
    default: {
      const { value: request, violations } = readMessage(body, GENERATE_CONTENT_REQUEST);
      return (
        fieldViolations(violations) ??
        validateGenerate(request, modelName, model) ??
        generateContent({ exchange, request, modelName, model })
      );
    }
  }
}

function countTokensOf(exchange: Exchange, body: JsonObject): Answer | ApiError {
  const { value, violations } = readMessage(body, COUNT_TOKENS_REQUEST);
  if (violations.length > 0) {
    return fieldViolations(violations) ?? invalidArgument("");
  }
  const whole = value["generateContentRequest"];
  if (isObject(whole) && value["contents"] !== undefined) {
    return invalidArgument("* CountTokensRequest: contents and generate_content_request are mutually exclusive.\n");
  }
  const totalTokens = countGeminiInputTokens(isObject(whole) ? whole : value);
  const promptTokensDetails = [{ modality: "TEXT", tokenCount: totalTokens }];
  return jsonAnswer(200, { totalTokens, promptTokensDetails }, exchange.headers);
}

/** The answer to GET /v1beta/models, on one page, or /v1beta/models/<model>, also below /v1. */
export function listGeminiModels(exchange: Exchange): Answer | ApiError {
  const { received, surroundings } = exchange;
  const models = [...GEMINI_MODELS, ...GEMINI_EMBEDDING_MODELS, ...surroundings.models].map(describeModel);
  const name = /\/models\/([^/]+)$/.exec(received.path)?.[1];
  if (name === undefined) {
    return jsonAnswer(200, { models }, exchange.headers);
  }
  const model = models.find((listed) => listed.name === `models/${name}`);
  return model === undefined
    ? unknownGeminiModel(received.path, name, "generateContent")
    : jsonAnswer(200, model, exchange.headers);
}

function describeModel(name: string) {
  const embeds = isGeminiEmbeddingModel(name);
  const model = findGeminiModel(name);
  return {
    name: `models/${name}`,
    version: "001",
    displayName: name,
    description: "A model of the fake provider.",
    inputTokenLimit: embeds ? 8192 : 1_048_576,
    outputTokenLimit: embeds ? 1 : (model?.maxOutputTokens ?? 65_536),
    supportedGenerationMethods: embeds
      ? ["embedContent", "countTextTokens", "countTokens", "asyncBatchEmbedContent"]
      : ["generateContent", "countTokens", "createCachedContent", "batchGenerateContent"],
    ...(embeds
      ? {}
      : { temperature: 1, topP: 0.95, topK: 64, maxTemperature: 2, thinking: model?.thinking !== "none" }),
  };
}

function unknownGeminiModel(path: string, name: string, verb: string): ApiError {
  const resource = /^\/v1(?:beta\d*)?\/(projects\/.*):/.exec(path)?.[1];
  return {
    status: 404,
    type: "NOT_FOUND",
    message:
      resource === undefined
        ? `models/${name} is not found for API version v1beta, or is not supported for ${verb}. Call ModelService.ListModels to see the list of available models and their supported methods.`
        : `Publisher Model \`${resource}\` was not found or your project does not have access to it. Please ensure you are using a valid model version. For more information, see: https://cloud.google.com/vertex-ai/generative-ai/docs/learn/model-versions`,
  };
}
