import { type Answer, jsonAnswer, streamAnswer } from "../answer.ts";
import type { ApiError } from "../api-error.ts";
import { type ComposedReply, composeReply } from "../compose-reply.ts";
import type { Exchange } from "../exchange.ts";
import { isKnownModel } from "../is-known-model.ts";
import { isObject, type JsonObject, objectsOf, stringOf } from "../json.ts";
import { REASONING_TOKENS } from "../openai-chat.ts";
import { invalid, missing } from "../openai-invalid.ts";
import { findOpenaiModel, type OpenaiModel } from "../openai-models.ts";
import type { ReportedUsage } from "../request-log.ts";
import { countResponsesInputTokens, tokensOfCharacters } from "../token-count.ts";
import { outputItems } from "./output-items.ts";
import { inputItems, readResponsesFacts } from "./read-responses-facts.ts";
import { responseEvents } from "./response-events.ts";
import { responseObject } from "./response-object.ts";
import { validateConversation } from "./validate-conversation.ts";
import { validateResponses } from "./validate-responses.ts";

/** The answer to POST /v1/responses. */
export function answerResponses(exchange: Exchange, body: JsonObject): Answer | ApiError {
  const name = stringOf(body["model"]);
  if (name === undefined || name === "") {
    return missing("model");
  }
  const model = findOpenaiModel(name);
  if (model === undefined && !isKnownModel(name, exchange.surroundings)) {
    return invalid(`The requested model '${name}' does not exist.`, "model", "model_not_found");
  }
  const refused = validateResponses(body, model);
  if (refused !== undefined) {
    return refused;
  }
  const store = exchange.surroundings.responses;
  const previousId = stringOf(body["previous_response_id"]);
  const previous = previousId === undefined ? undefined : store.get(previousId);
  if (previousId !== undefined && previous === undefined) {
    const message = `Previous response with id '${previousId}' not found.`;
    return invalid(message, "previous_response_id", "previous_response_not_found");
  }
  const conversation = [...(previous?.conversation ?? []), ...inputItems(body)].map((item) =>
    item["type"] === "item_reference" ? (store.findItem(String(item["id"]))?.item ?? item) : item,
  );
  return validateConversation(conversation, store) ?? respond(exchange, body, model, conversation);
}

function respond(
  exchange: Exchange,
  body: JsonObject,
  model: OpenaiModel | undefined,
  conversation: readonly JsonObject[],
): Answer {
  const { plan, ids, surroundings } = exchange;
  const reasoningTokens = plan.reply?.usage?.reasoningTokens ?? reasoningTokensOf(body, model);
  const facts = readResponsesFacts(body, conversation, reasoningTokens);
  const reply = composeReply(facts, plan.reply);
  const usage = countUsage(exchange, body, conversation, reply, reasoningTokens);
  const items = outputItems({
    body,
    ids,
    userText: facts.userText,
    reply,
    reasons: reasoningTokens > 0 || reply.thinking !== undefined,
    phases: model?.phases === true,
  });
  const createdSeconds = Math.floor(surroundings.nowMs() / 1000);
  const ended = responseObject(exchange, body, createdSeconds, { finish: reply.finish, output: items, usage });
  if (body["store"] !== false) {
    const kept = [...conversation, ...items];
    surroundings.responses.put(ids.responseId, { response: ended, input: inputItems(body), conversation: kept });
  }
  const headers = { ...exchange.headers, ...plan.reply?.headers };
  if (body["stream"] !== true) {
    return jsonAnswer(200, ended, headers, usage);
  }
  const options = isObject(body["stream_options"]) ? body["stream_options"] : {};
  const events = responseEvents({
    begun: responseObject(exchange, body, createdSeconds, undefined),
    ended,
    items,
    tokensPerEvent: plan.pace?.tokensPerEvent ?? 4,
    obfuscates: options["include_obfuscation"] !== false,
  });
  return streamAnswer(events, headers, usage);
}

function reasoningTokensOf(body: JsonObject, model: OpenaiModel | undefined): number {
  if (model === undefined || !model.reasoning) {
    return 0;
  }
  const effort = isObject(body["reasoning"]) ? stringOf(body["reasoning"]["effort"]) : undefined;
  return REASONING_TOKENS[effort ?? model.defaultEffort] ?? 0;
}

function countUsage(
  exchange: Exchange,
  body: JsonObject,
  conversation: readonly JsonObject[],
  reply: ComposedReply,
  reasoningTokens: number,
): ReportedUsage {
  const scripted = exchange.plan.reply?.usage;
  let characters = reply.text.length;
  for (const call of reply.toolCalls) {
    characters += call.name.length + call.arguments.length;
  }
  const input = { ...body, input: conversation };
  return {
    inputTokens: scripted?.inputTokens ?? countResponsesInputTokens(input),
    outputTokens: scripted?.outputTokens ?? Math.max(1, tokensOfCharacters(characters)) + reasoningTokens,
    cachedInputTokens: scripted?.cachedInputTokens ?? 0,
    reasoningTokens,
    ...(scripted?.cacheWriteInputTokens !== undefined && { cacheWriteInputTokens: scripted.cacheWriteInputTokens }),
  };
}

/** GET and DELETE of /v1/responses/<id>, and GET of its input items. */
export function answerStoredResponse(exchange: Exchange): Answer | ApiError {
  const { received, surroundings, headers } = exchange;
  const [id = "", part] = received.path.slice("/v1/responses/".length).split("/");
  const stored = surroundings.responses.get(id);
  if (stored === undefined) {
    return { status: 404, type: "invalid_request_error", message: `Response with id '${id}' not found.` };
  }
  if (received.method === "DELETE") {
    surroundings.responses.delete(id);
    return jsonAnswer(200, { id, object: "response", deleted: true }, headers);
  }
  if (part === "input_items") {
    const data = objectsOf(stored.input).map((item, at) => ({ id: `item_${id}x${at}`, ...item }));
    const page = { first_id: data[0]?.id ?? null, last_id: data.at(-1)?.id ?? null, has_more: false };
    return jsonAnswer(200, { object: "list", data, ...page }, headers);
  }
  return jsonAnswer(200, stored.response, headers);
}
