import type { IncomingHttpHeaders } from "node:http";
import type { Answer } from "./answer.ts";
import { answerCountTokens, answerMessages } from "./anthropic-messages.ts";
import { findAnthropicModel } from "./anthropic-models.ts";
import { type ApiError, errorAnswer, isAnthropic } from "./api-error.ts";
import { apiHeaders } from "./api-headers.ts";
import { authenticate, presentedKey } from "./authenticate.ts";
import { FAULTS } from "./faults.ts";
import { createExchangeIds, type ExchangeIds } from "./ids.ts";
import { isObject } from "./json.ts";
import { listAnthropicModels, listOpenaiModels } from "./list-models.ts";
import { answerChat } from "./openai-chat.ts";
import { answerEmbeddings, validateEmbeddings } from "./openai-embeddings.ts";
import { invalid } from "./openai-invalid.ts";
import { findOpenaiModel, isOpenaiEmbeddingModel } from "./openai-models.ts";
import { planOfModel } from "./plan-of-model.ts";
import type { PromptCache } from "./prompt-cache.ts";
import { answerReplay } from "./replay.ts";
import { canStrike, type RuleBook } from "./rule-book.ts";
import type { FakeApi, Plan } from "./script.ts";
import { ANTHROPIC_VERSIONS, validateMessages } from "./validate-anthropic.ts";
import { validateChat } from "./validate-openai.ts";
import { type Wire, wireOf } from "./wire.ts";

/** What the fake was started with, and its state across requests. */
export interface Surroundings {
  readonly acceptedKeys: ReadonlySet<string> | undefined;
  readonly models: ReadonlySet<string>;
  readonly anyModel: boolean;
  readonly recordingsDirectory: string;
  readonly rules: RuleBook;
  readonly cache: PromptCache;
  readonly nowMs: () => number;
}

/** A request received whole. */
export interface Received {
  /** Counts up over the fake's life; ids are made of it. */
  readonly exchange: number;
  readonly api: FakeApi;
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** The body as JSON; undefined where it is none. */
  readonly json: unknown;
  readonly model: string | undefined;
  readonly stream: boolean;
}

export interface Decision {
  readonly answer: Answer;
  readonly wire: Wire;
  readonly plan: Plan;
  readonly requestId: string;
}

/**
 * What to answer: first the key is checked; then the plan is chosen, by rule or model name; then faults that strike
 * instead of an answer, raw answers and recordings; then the request is validated and answered as the API would; last,
 * the plan's fault changes the answer.
 */
export function answerRequest(received: Received, surroundings: Surroundings): Decision {
  const ids = createExchangeIds(received.exchange);
  const headers = apiHeaders(received.api, ids.requestId);
  const refuse = (error: ApiError, plan: Plan = {}): Decision => ({
    answer: errorAnswer(received.api, error, ids.requestId, headers),
    wire: wireOf(plan.pace),
    plan,
    requestId: ids.requestId,
  });

  const unauthorized = authenticate(received.api, received.headers, surroundings.acceptedKeys);
  if (unauthorized !== undefined) {
    return refuse(unauthorized);
  }
  const plan = choosePlan(received, surroundings);
  const context = plan.fault && {
    api: received.api,
    fault: plan.fault,
    model: received.model ?? "",
    requestId: ids.requestId,
    headers,
  };
  const effect = plan.fault && FAULTS[plan.fault.name];
  if (effect?.instead !== undefined && context !== undefined) {
    return { answer: effect.instead(context), wire: wireOf(plan.pace), plan, requestId: ids.requestId };
  }
  const answer = makeAnswer(received, plan, ids, headers, surroundings);
  if ("type" in answer) {
    return refuse(answer, plan);
  }
  const changed = effect?.change === undefined || context === undefined ? answer : effect.change(answer, context);
  const wire = wireOf(plan.pace);
  const faultyWire =
    effect?.wire === undefined || plan.fault === undefined ? wire : { ...wire, ...effect.wire(plan.fault) };
  return { answer: changed, wire: faultyWire, plan, requestId: ids.requestId };
}

function choosePlan(received: Received, surroundings: Surroundings): Plan {
  const { api, model, stream, body } = received;
  const facts = { api, model, stream, body, apiKey: presentedKey(received.headers) };
  const named = model === undefined ? undefined : planOfModel(model);
  const ruled = surroundings.rules.choose(facts);
  if (named === undefined) {
    return ruled ?? {};
  }
  const { fault, ...rest } = named;
  const usable = canStrike(fault, facts) ? named : rest;
  return ruled === undefined ? usable : { ...usable, ...ruled };
}

function makeAnswer(
  received: Received,
  plan: Plan,
  ids: ExchangeIds,
  headers: Readonly<Record<string, string>>,
  surroundings: Surroundings,
): Answer | ApiError {
  if (plan.raw !== undefined) {
    const { status, headers: rawHeaders, body, bodyBase64 } = plan.raw;
    const bytes = bodyBase64 === undefined ? (body ?? "") : Buffer.from(bodyBase64, "base64");
    return { status, headers: rawHeaders ?? { "content-type": "application/json" }, body: { kind: "whole", bytes } };
  }
  if (plan.replay !== undefined) {
    const replayed = answerReplay(plan.replay, surroundings.recordingsDirectory);
    return replayed ?? { status: 404, type: "not_found_error", message: `no recording ${plan.replay}` };
  }
  switch (received.api) {
    case "openai.models":
      return (
        listOpenaiModels(received.path, [...surroundings.models], headers) ??
        unknownOpenaiModel(received.path.slice("/v1/models/".length))
      );
    case "anthropic.models":
      return (
        listAnthropicModels(received.path, [...surroundings.models], headers) ??
        unknownAnthropicModel(received.path.slice("/v1/models/".length))
      );
    case "openai.chat":
    case "openai.embeddings":
      return answerOpenai(received, plan, ids, headers, surroundings);
    case "anthropic.messages":
    case "anthropic.count_tokens":
      return answerAnthropic(received, plan, ids, headers, surroundings);
    case "other":
      return unknownPath(received, ids);
  }
}

/** In Anthropic's words to who speaks its protocol, else in OpenAI's. */
function unknownPath(received: Received, ids: ExchangeIds): Answer {
  const api: FakeApi = received.headers["anthropic-version"] === undefined ? "openai.chat" : "anthropic.messages";
  const error: ApiError =
    api === "openai.chat"
      ? { status: 404, type: "invalid_request_error", message: `Invalid URL (${received.method} ${received.path})` }
      : { status: 404, type: "not_found_error", message: "Not Found" };
  return errorAnswer(api, error, ids.requestId, apiHeaders(api, ids.requestId));
}

function answerOpenai(
  received: Received,
  plan: Plan,
  ids: ExchangeIds,
  headers: Readonly<Record<string, string>>,
  surroundings: Surroundings,
): Answer | ApiError {
  const body = received.json;
  if (!isObject(body)) {
    return invalid(
      "We could not parse the JSON body of your request. (HINT: This likely means you aren't using your HTTP library correctly. The OpenAI API expects a JSON payload, but what was sent was not valid JSON. If you have trouble figuring out how to fix this, please contact us through our help center at help.openai.com.)",
    );
  }
  if (typeof body["model"] !== "string" || body["model"] === "") {
    return invalid("you must provide a model parameter");
  }
  const name = body["model"];
  if (received.api === "openai.embeddings") {
    const known = isOpenaiEmbeddingModel(name) || isKnownModel(name, surroundings);
    return known ? (validateEmbeddings(body) ?? answerEmbeddings(body, plan, headers)) : unknownOpenaiModel(name);
  }
  const model = findOpenaiModel(name);
  if (model === undefined && !isKnownModel(name, surroundings)) {
    return unknownOpenaiModel(name);
  }
  const createdSeconds = Math.floor(surroundings.nowMs() / 1000);
  return validateChat(body, model) ?? answerChat({ body, plan, ids, createdSeconds, headers });
}

function answerAnthropic(
  received: Received,
  plan: Plan,
  ids: ExchangeIds,
  headers: Readonly<Record<string, string>>,
  surroundings: Surroundings,
): Answer | ApiError {
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

function isKnownModel(name: string, surroundings: Surroundings): boolean {
  return surroundings.anyModel || surroundings.models.has(name) || planOfModel(name) !== undefined;
}

function unknownAnthropicModel(name: string): ApiError {
  return { status: 404, type: "not_found_error", message: `model: ${name}` };
}

function unknownOpenaiModel(name: string): ApiError {
  return {
    status: 404,
    type: "invalid_request_error",
    code: "model_not_found",
    message: `The model \`${name}\` does not exist or you do not have access to it.`,
  };
}

/** The error for a body larger than the fake takes. */
export function tooLarge(api: FakeApi): ApiError {
  return isAnthropic(api)
    ? { status: 413, type: "request_too_large", message: "Request exceeds the maximum size" }
    : { status: 413, type: "invalid_request_error", message: "Maximum content size limit exceeded" };
}
