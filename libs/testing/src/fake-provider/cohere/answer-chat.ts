import { type Answer, jsonAnswer, streamAnswer } from "../answer.ts";
import type { ApiError } from "../api-error.ts";
import { type ComposedReply, composeReply, type ReplyFacts } from "../compose-reply.ts";
import type { Exchange } from "../exchange.ts";
import { isKnownModel } from "../is-known-model.ts";
import { isObject, type JsonObject, numberOf, objectsOf, stringOf } from "../json.ts";
import { textOfContent } from "../openai-chat.ts";
import type { ReportedUsage } from "../request-log.ts";
import { COHERE_PREAMBLE_TOKENS, countCohereInputTokens, tokensOfCharacters } from "../token-count.ts";
import { type Citation, citationsOf } from "./citations.ts";
import { cohereError, unknownCohereModel } from "./cohere-error.ts";
import { type CohereModel, findCohereModel } from "./cohere-models.ts";
import { type ChatParts, chatEvents } from "./stream-chat.ts";
import { validateCohereChat } from "./validate-cohere-chat.ts";

/** The answer to POST /v2/chat. */
export function answerCohereChat(exchange: Exchange): Answer | ApiError {
  const { plan, received } = exchange;
  const body = received.json;
  if (!isObject(body)) {
    return cohereError(400, "invalid json syntax: the request body is no JSON object");
  }
  const name = stringOf(body["model"]);
  if (name === undefined || name === "") {
    return cohereError(400, "invalid request: model is required.");
  }
  const model = findCohereModel(name);
  if (model === undefined && !isKnownModel(name, exchange.surroundings)) {
    return unknownCohereModel(name);
  }
  const refused = validateCohereChat(body, model);
  if (refused !== undefined) {
    return refused;
  }
  const reply = composeReply(readFacts(body, model), plan.reply);
  const usage = countUsage(exchange, body, reply);
  const parts = partsOf(exchange, body, reply, usage);
  const headers = { ...exchange.headers, ...plan.reply?.headers };
  return received.stream
    ? streamAnswer(chatEvents(parts, plan.pace?.tokensPerEvent ?? 4), headers, usage)
    : jsonAnswer(200, wholeBody(parts), headers, usage);
}

function readFacts(body: JsonObject, model: CohereModel | undefined): ReplyFacts {
  const messages = objectsOf(body["messages"]);
  const lastUser = messages.findLast((message) => message["role"] === "user");
  const results = messages.slice(messages.findLastIndex((message) => message["role"] !== "tool") + 1);
  const format = isObject(body["response_format"]) ? body["response_format"] : {};
  const schema = format["json_schema"];
  const thinking = isObject(body["thinking"]) ? body["thinking"]["type"] : undefined;
  const choice = body["tool_choice"];
  return {
    userText: textOfContent(lastUser?.["content"]),
    toolResults: results.length === 0 ? undefined : results.map((message) => textOfResult(message["content"])),
    tools: objectsOf(body["tools"]).map((tool) => {
      const offered = isObject(tool["function"]) ? tool["function"] : {};
      const parameters = offered["parameters"];
      return { name: String(offered["name"]), schema: isObject(parameters) ? parameters : undefined };
    }),
    toolChoice: choice === "REQUIRED" ? "required" : choice === "NONE" ? "none" : "auto",
    parallelToolCalls: true,
    json: format["type"] === "json_object" ? (isObject(schema) ? schema : true) : undefined,
    stopSequences: Array.isArray(body["stop_sequences"])
      ? body["stop_sequences"].filter((stop) => typeof stop === "string")
      : [],
    maxOutputTokens: numberOf(body["max_tokens"]),
    thinks: thinking === undefined ? model?.thinks === true : thinking === "enabled",
  };
}

/** A tool's text, or the JSON of its documents. */
function textOfResult(content: unknown): string {
  if (typeof content === "string") {
    return content;
  }
  return objectsOf(content)
    .map((part) => stringOf(part["text"]) ?? JSON.stringify(isObject(part["document"]) ? part["document"]["data"] : {}))
    .join("");
}

function partsOf(exchange: Exchange, body: JsonObject, reply: ComposedReply, usage: ReportedUsage): ChatParts {
  const calls = reply.toolCalls.map((call, at) => ({
    id: call.id ?? exchange.ids.cohereCallId(call.name, at),
    type: "function" as const,
    function: { name: call.name, arguments: call.arguments },
  }));
  const citations: readonly Citation[] = calls.length === 0 ? citationsOf(body, reply) : [];
  const options = isObject(body["citation_options"]) ? body["citation_options"] : {};
  return {
    id: exchange.ids.cohereId,
    thinking: reply.thinking,
    text: reply.text,
    toolPlan: calls.length === 0 ? undefined : `I will use ${calls.map((call) => call.function.name).join(" and ")}.`,
    toolCalls: calls,
    citations,
    citesWhileWriting: options["mode"] === "FAST",
    finishReason: finishReason(reply),
    usage: usageBody(usage),
  };
}

function wholeBody(parts: ChatParts): JsonObject {
  const content = [
    ...(parts.thinking === undefined ? [] : [{ type: "thinking", thinking: parts.thinking }]),
    ...(parts.text === "" && parts.toolCalls.length > 0 ? [] : [{ type: "text", text: parts.text }]),
  ];
  return {
    id: parts.id,
    message: {
      role: "assistant",
      ...(parts.toolPlan !== undefined && { tool_plan: parts.toolPlan, tool_calls: parts.toolCalls }),
      ...(content.length > 0 && { content }),
      ...(parts.citations.length > 0 && { citations: parts.citations }),
    },
    finish_reason: parts.finishReason,
    usage: parts.usage,
  };
}

function finishReason(reply: ComposedReply): string {
  switch (reply.finish) {
    case "stop":
      return "COMPLETE";
    case "stop_sequence":
      return "STOP_SEQUENCE";
    case "length":
      return "MAX_TOKENS";
    case "tool_calls":
      return "TOOL_CALL";
    case "content_filter":
      return "ERROR";
  }
}

function countUsage(exchange: Exchange, body: JsonObject, reply: ComposedReply): ReportedUsage {
  const scripted = exchange.plan.reply?.usage;
  let characters = reply.text.length + (reply.thinking?.length ?? 0);
  for (const call of reply.toolCalls) {
    characters += call.name.length + call.arguments.length;
  }
  return {
    inputTokens: scripted?.inputTokens ?? countCohereInputTokens(body),
    outputTokens: scripted?.outputTokens ?? Math.max(1, tokensOfCharacters(characters)),
    ...(scripted?.cachedInputTokens !== undefined && { cachedInputTokens: scripted.cachedInputTokens }),
  };
}

/** What is billed leaves out the preamble that Cohere itself puts before every prompt. */
function usageBody(usage: ReportedUsage): JsonObject {
  return {
    billed_units: {
      input_tokens: Math.max(0, usage.inputTokens - COHERE_PREAMBLE_TOKENS),
      output_tokens: usage.outputTokens,
    },
    tokens: { input_tokens: usage.inputTokens, output_tokens: usage.outputTokens },
    ...(usage.cachedInputTokens !== undefined && { cached_tokens: usage.cachedInputTokens }),
  };
}
