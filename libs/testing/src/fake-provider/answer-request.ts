import type { Answer } from "./answer.ts";
import { answerAnthropic, unknownAnthropicModel } from "./anthropic-endpoints.ts";
import { type ApiError, errorAnswer } from "./api-error.ts";
import { familyOf } from "./api-family.ts";
import { apiHeaders } from "./api-headers.ts";
import { apiOfPath } from "./api-of-path.ts";
import { authenticate, presentedKey } from "./authenticate.ts";
import { answerConverse } from "./bedrock/converse.ts";
import { answerInvoke } from "./bedrock/invoke-embeddings.ts";
import { answerCohereChat } from "./cohere/answer-chat.ts";
import { answerEmbedRequest } from "./cohere/answer-embed.ts";
import { answerRerank } from "./cohere/answer-rerank.ts";
import type { Exchange, Received, Surroundings } from "./exchange.ts";
import { FAULTS } from "./faults.ts";
import { answerGemini, listGeminiModels } from "./gemini/answer-gemini.ts";
import { frameAsAsked } from "./gemini/array-stream.ts";
import { createExchangeIds, type ExchangeIds } from "./ids.ts";
import type { JsonObject } from "./json.ts";
import { listAnthropicModels, listOpenaiModels } from "./list-models.ts";
import { answerOpenai, unknownOpenaiModel } from "./openai-endpoints.ts";
import { answerBatches } from "./openai-media/answer-batches.ts";
import { answerFiles } from "./openai-media/answer-files.ts";
import { editImages, generateImages } from "./openai-media/answer-images.ts";
import { speak } from "./openai-media/answer-speech.ts";
import { transcribe } from "./openai-media/answer-transcription.ts";
import { moderate } from "./openai-media/moderate.ts";
import { rerank } from "./openai-media/rerank.ts";
import { answerStoredResponse } from "./openai-responses/answer-responses.ts";
import { planOfModel } from "./plan-of-model.ts";
import { answerReplay } from "./replay.ts";
import { canStrike } from "./rule-book.ts";
import type { FakeApi, Plan } from "./script.ts";
import { answerVertexAnthropic } from "./vertex-anthropic.ts";
import { type Wire, wireOf } from "./wire.ts";

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
  const decision = decide(received, surroundings);
  return { ...decision, answer: frameAsAsked(decision.answer, received) };
}

function decide(received: Received, surroundings: Surroundings): Decision {
  const ids = createExchangeIds(received.exchange);
  const headers = apiHeaders(received.api, ids.requestId);
  const refuse = (error: ApiError, plan: Plan = {}): Decision => ({
    answer: errorAnswer(received.api, error, ids.requestId, headers),
    wire: wireOf(plan.pace),
    plan,
    requestId: ids.requestId,
  });

  const unauthorized = authenticate(received, surroundings);
  if (unauthorized !== undefined) {
    return refuse(unauthorized);
  }
  const plan = choosePlan(received, surroundings);
  const context = plan.fault && {
    api: received.api,
    fault: plan.fault,
    model: received.model ?? "",
    stream: received.stream,
    requestId: ids.requestId,
    headers,
  };
  const effect = plan.fault && FAULTS[plan.fault.name];
  if (effect?.instead !== undefined && context !== undefined) {
    return { answer: effect.instead(context), wire: wireOf(plan.pace), plan, requestId: ids.requestId };
  }
  const ask = (path: string, body: JsonObject): Answer => {
    const model = typeof body["model"] === "string" ? body["model"] : undefined;
    const { stream: _, ...json } = body;
    const api = apiOfPath("POST", path, received.headers);
    return answerRequest({ ...received, api, method: "POST", path, json, form: undefined, model }, surroundings).answer;
  };
  const answer = makeAnswer({ received, plan, ids, headers, surroundings, ask });
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
  const facts = { api, model, stream, body, apiKey: presentedKey(received.headers, received.query) };
  const named = model === undefined ? undefined : planOfModel(model);
  const ruled = surroundings.rules.choose(facts);
  if (named === undefined) {
    return ruled ?? {};
  }
  const { fault, ...rest } = named;
  const usable = canStrike(fault, facts) ? named : rest;
  return ruled === undefined ? usable : { ...usable, ...ruled };
}

function makeAnswer(exchange: Exchange): Answer | ApiError {
  const { received, plan, ids, headers, surroundings } = exchange;
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
    case "openai.responses":
      return answerOpenai(exchange);
    case "openai.images":
      return generateImages(exchange);
    case "openai.image_edits":
      return editImages(exchange);
    case "openai.speech":
      return speak(exchange);
    case "openai.transcriptions":
      return transcribe(exchange);
    case "openai.moderations":
      return moderate(exchange);
    case "openai.rerank":
      return rerank(exchange);
    case "openai.files":
      return answerFiles(exchange);
    case "openai.batches":
      return answerBatches(exchange);
    case "openai.stored_responses":
      return answerStoredResponse(exchange);
    case "bedrock.converse":
      return answerConverse(exchange);
    case "bedrock.invoke":
      return answerInvoke(exchange);
    case "cohere.chat":
      return answerCohereChat(exchange);
    case "cohere.embed":
      return answerEmbedRequest(exchange);
    case "cohere.rerank":
      return answerRerank(exchange);
    case "gemini.generate":
    case "gemini.count_tokens":
    case "gemini.embed":
      return answerGemini(exchange);
    case "gemini.models":
      return listGeminiModels(exchange);
    case "anthropic.vertex":
      return answerVertexAnthropic(exchange);
    case "anthropic.messages":
    case "anthropic.count_tokens":
      return answerAnthropic(exchange);
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

/** The error for a body larger than the fake takes. */
export function tooLarge(api: FakeApi): ApiError {
  return familyOf(api) === "anthropic"
    ? { status: 413, type: "request_too_large", message: "Request exceeds the maximum size" }
    : { status: 413, type: "invalid_request_error", message: "Maximum content size limit exceeded" };
}
