import { type Answer, jsonAnswer } from "../answer.ts";
import type { ApiError } from "../api-error.ts";
import { answerEmbed } from "../cohere/answer-embed.ts";
import type { Exchange } from "../exchange.ts";
import { isObject, type JsonObject } from "../json.ts";
import { embed } from "../openai-embeddings.ts";
import { countTokens } from "../token-count.ts";
import { malformed, validationException } from "./bedrock-error.ts";
import { findBedrockEmbeddingModel } from "./bedrock-models.ts";

const TITAN_FIELDS = ["inputText", "dimensions", "normalize", "embeddingTypes"];
const COHERE_FIELDS = [
  "texts",
  "images",
  "inputs",
  "input_type",
  "truncate",
  "embedding_types",
  "output_dimension",
  "max_tokens",
];

/** The answer to POST /model/<id>/invoke for models that embed: Titan and Cohere, each in its own language. */
export function answerInvoke(exchange: Exchange): Answer | ApiError {
  const { received } = exchange;
  const model = findBedrockEmbeddingModel(received.model ?? "");
  if (model === undefined) {
    return validationException("The provided model identifier is invalid.");
  }
  const body = received.json;
  if (!isObject(body)) {
    return malformed("", "expected type: JSONObject");
  }
  return model.kind === "titan" ? embedTitan(exchange, body, model.dimensions) : embedCohere(exchange, body);
}

function embedTitan(exchange: Exchange, body: JsonObject, defaultDimensions: number): Answer | ApiError {
  const text = body["inputText"];
  const extra = Object.keys(body).find((name) => !TITAN_FIELDS.includes(name));
  if (extra !== undefined) {
    return malformed("", `extraneous key [${extra}] is not permitted`);
  }
  if (typeof text !== "string") {
    return malformed(
      "",
      text === undefined ? "required key [inputText] not found" : "/inputText: expected type: String",
    );
  }
  const dimensions = body["dimensions"] ?? defaultDimensions;
  if (typeof dimensions !== "number" || ![256, 512, 1024, defaultDimensions].includes(dimensions)) {
    return malformed("/dimensions", `${JSON.stringify(dimensions)} is not a valid enum value`);
  }
  const inputTokens = Math.max(1, countTokens(text));
  const embedding = Array.from(embed(text, dimensions));
  return jsonAnswer(
    200,
    { embedding, embeddingsByType: { float: embedding }, inputTextTokenCount: inputTokens },
    { ...exchange.headers, "x-amzn-bedrock-input-token-count": String(inputTokens) },
    { inputTokens, outputTokens: 0 },
  );
}

/** As Cohere's own API, but for the envelope: no billed units, which come in a header. */
function embedCohere(exchange: Exchange, body: JsonObject): Answer | ApiError {
  const extra = Object.keys(body).find((name) => !COHERE_FIELDS.includes(name));
  if (extra !== undefined) {
    return malformed("", `extraneous key [${extra}] is not permitted`);
  }
  const answer = answerEmbed(exchange, { embedding_types: ["float"], ...body, model: exchange.received.model });
  if ("type" in answer) {
    return malformed("", answer.message);
  }
  const whole = JSON.parse(answer.body.kind === "whole" ? answer.body.bytes.toString() : "{}") as JsonObject;
  const byType = isObject(whole["embeddings"]) ? whole["embeddings"] : {};
  const asked = body["embedding_types"] !== undefined;
  return jsonAnswer(
    200,
    {
      id: whole["id"],
      texts: whole["texts"],
      response_type: asked ? "embeddings_by_type" : "embeddings_floats",
      embeddings: asked ? byType : byType["float"],
    },
    { ...exchange.headers, "x-amzn-bedrock-input-token-count": String(answer.usage?.inputTokens ?? 0) },
    answer.usage,
  );
}
