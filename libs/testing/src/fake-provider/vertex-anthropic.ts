import type { Answer } from "./answer.ts";
import { answerCountTokens, answerMessages } from "./anthropic-messages.ts";
import { findAnthropicModel } from "./anthropic-models.ts";
import type { ApiError } from "./api-error.ts";
import type { Exchange } from "./exchange.ts";
import { isKnownModel } from "./is-known-model.ts";
import { isObject } from "./json.ts";
import { validateMessages } from "./validate-anthropic.ts";

const VERSION = "vertex-2023-10-16";

/**
 * The answer to Claude on Vertex: `…/publishers/anthropic/models/<model>:rawPredict` and `:streamRawPredict`. The model
 * is in the path only, its date after an @, and the version in the body; the model `count-tokens` counts for the one in
 * the body (docs.cloud.google.com/vertex-ai/generative-ai/docs/partner-models/claude, seen 2026-11-22).
 */
export function answerVertexAnthropic(exchange: Exchange): Answer | ApiError {
  const { received, plan, ids, headers, surroundings } = exchange;
  if (!isObject(received.json)) {
    return invalid("The request body is not valid JSON: expected a JSON object");
  }
  const { anthropic_version: version, anthropic_beta: beta, ...rest } = received.json;
  if (version === undefined) {
    return invalid("anthropic_version: Field required");
  }
  if (version !== VERSION) {
    return invalid(`anthropic_version: Input should be '${VERSION}'`);
  }
  const counting = received.path.includes("/models/count-tokens");
  if (!counting && "model" in rest) {
    return invalid("model: Extra inputs are not permitted");
  }
  const name = counting ? String(rest["model"]) : modelInPath(received.path);
  const plainName = name.replace("@", "-");
  const model = findAnthropicModel(plainName);
  if (model === undefined && !isKnownModel(name, surroundings)) {
    const resource = received.path.replace(/^\/v1(beta1)?\//, "").replace(/:[a-zA-Z]+$/, "");
    return {
      status: 404,
      type: "NOT_FOUND",
      saidBy: "google",
      message: `Publisher Model \`${resource}\` was not found or your project does not have access to it.`,
    };
  }
  const body = { ...rest, model: plainName };
  const hasBeta = beta !== undefined || received.headers["anthropic-beta"] !== undefined;
  const options = { model, modelName: name, version: "2023-06-01", beta: hasBeta, counting } as const;
  const refused = validateMessages(body, options);
  if (refused !== undefined) {
    return refused;
  }
  return counting
    ? answerCountTokens(body, headers)
    : answerMessages({
        body: { ...body, stream: received.stream },
        plan,
        ids,
        headers,
        cache: surroundings.cache,
      });
}

function modelInPath(path: string): string {
  return decodeURIComponent(/\/models\/([^/]+):[a-zA-Z]+$/.exec(path)?.[1] ?? "");
}

function invalid(message: string): ApiError {
  return { status: 400, type: "invalid_request_error", message };
}
