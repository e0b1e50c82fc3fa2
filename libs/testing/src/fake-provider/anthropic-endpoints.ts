import type { Answer } from "./answer.ts";
import { answerCountTokens, answerMessages } from "./anthropic-messages.ts";
import { findAnthropicModel } from "./anthropic-models.ts";
import type { ApiError } from "./api-error.ts";
import type { Exchange } from "./exchange.ts";
import { isKnownModel } from "./is-known-model.ts";
import { isObject } from "./json.ts";
import { ANTHROPIC_VERSIONS, validateMessages } from "./validate-anthropic.ts";

/** The answer to POST /v1/messages and /v1/messages/count_tokens. */
export function answerAnthropic(exchange: Exchange): Answer | ApiError {
  const { received, plan, ids, headers, surroundings } = exchange;
  const version = received.headers["anthropic-version"];
  if (version === undefined) {
    return anthropicInvalid("anthropic-version: header is required");
  }
  const knownVersion = ANTHROPIC_VERSIONS.find((known) => known === version);
  if (knownVersion === undefined) {
    return anthropicInvalid(`anthropic-version: "${version}" is not a valid version`);
  }
  const body = received.json;
  if (!isObject(body)) {
    return anthropicInvalid("The request body is not valid JSON: expected a JSON object");
  }
  const name = typeof body["model"] === "string" ? body["model"] : undefined;
  const model = name === undefined ? undefined : findAnthropicModel(name);
  if (name !== undefined && model === undefined && !isKnownModel(name, surroundings)) {
    return unknownAnthropicModel(name);
  }
  const counting = received.api === "anthropic.count_tokens";
  const beta = received.headers["anthropic-beta"] !== undefined;
  const error = validateMessages(body, { model, modelName: name ?? "", version: knownVersion, beta, counting });
  if (error !== undefined) {
    return error;
  }
  return counting
    ? answerCountTokens(body, headers)
    : answerMessages({ body, plan, ids, headers, cache: surroundings.cache });
}

function anthropicInvalid(message: string): ApiError {
  return { status: 400, type: "invalid_request_error", message };
}

export function unknownAnthropicModel(name: string): ApiError {
  return { status: 404, type: "not_found_error", message: `model: ${name}` };
}
