import type { Answer } from "./answer.ts";
import type { ApiError } from "./api-error.ts";
import type { Exchange } from "./exchange.ts";
import { isKnownModel } from "./is-known-model.ts";
import { isObject } from "./json.ts";
import { answerChat } from "./openai-chat.ts";
import { answerEmbeddings, validateEmbeddings } from "./openai-embeddings.ts";
import { invalid } from "./openai-invalid.ts";
import { findOpenaiModel, isOpenaiEmbeddingModel } from "./openai-models.ts";
import { answerResponses } from "./openai-responses/answer-responses.ts";
import { validateChat } from "./validate-openai.ts";
import { isVllmModel, validateVllm } from "./validate-vllm.ts";

/** The answer to a POST with a JSON body in which a model is named. */
export function answerOpenai(exchange: Exchange): Answer | ApiError {
  const { received, plan, ids, headers, surroundings } = exchange;
  const body = received.json;
  if (!isObject(body)) {
    return invalid(
      "We could not parse the JSON body of your request. (HINT: This likely means you aren't using your HTTP library correctly. The OpenAI API expects a JSON payload, but what was sent was not valid JSON. If you have trouble figuring out how to fix this, please contact us through our help center at help.openai.com.)",
    );
  }
  if (received.api === "openai.responses") {
    return answerResponses(exchange, body);
  }
  if (typeof body["model"] !== "string" || body["model"] === "") {
    return invalid("you must provide a model parameter");
  }
  const name = body["model"];
  const createdSeconds = Math.floor(surroundings.nowMs() / 1000);
  if (received.api === "openai.embeddings") {
    const known = isOpenaiEmbeddingModel(name) || isKnownModel(name, surroundings);
    return known ? (validateEmbeddings(body) ?? answerEmbeddings(body, plan, headers)) : unknownOpenaiModel(name);
  }
  if (isVllmModel(name)) {
    return validateVllm(body) ?? answerChat({ body, plan, ids, createdSeconds, headers });
  }
  const model = findOpenaiModel(name);
  if (model === undefined && !isKnownModel(name, surroundings)) {
    return unknownOpenaiModel(name);
  }
  return validateChat(body, model) ?? answerChat({ body, plan, ids, createdSeconds, headers });
}

export function unknownOpenaiModel(name: string): ApiError {
  return {
    status: 404,
    type: "invalid_request_error",
    code: "model_not_found",
    message: `The model \`${name}\` does not exist or you do not have access to it.`,
  };
}
