import { type Answer, jsonAnswer, streamAnswer } from "./answer.ts";
import { type ComposedReply, composeReply, type OfferedTool, type ReplyFacts } from "./compose-reply.ts";
import type { ExchangeIds } from "./ids.ts";
import { isObject, type JsonObject, numberOf, objectsOf, stringOf } from "./json.ts";
import { findOpenaiModel } from "./openai-models.ts";
import type { ReportedUsage } from "./request-log.ts";
import type { Plan } from "./script.ts";
import { splitText } from "./split-text.ts";
import { countChatInputTokens, tokensOfCharacters } from "./token-count.ts";

/** Reasoning tokens a reasoning model is said to have spent, by effort. They are part of the output tokens. */
export const REASONING_TOKENS: Readonly<Record<string, number>> = {
  none: 0,
  minimal: 8,
  low: 16,
  medium: 32,
  high: 64,
  xhigh: 128,
  max: 256,
};

export interface ChatExchange {
  readonly body: JsonObject;
  readonly plan: Plan;
  readonly ids: ExchangeIds;
  readonly createdSeconds: number;
  readonly headers: Readonly<Record<string, string>>;
}

/** The answer to a valid chat completions request. */
export function answerChat(exchange: ChatExchange): Answer {
  const { body, plan } = exchange;
  const reply = composeReply(readReplyFacts(body), plan.reply);
  const choices = numberOf(body["n"]) ?? 1;
  const usage = countUsage(body, reply, choices, plan);
  const headers = { ...exchange.headers, ...plan.reply?.headers };
  return body["stream"] === true
    ? streamAnswer(streamEvents(exchange, reply, choices, usage), headers, usage)
    : jsonAnswer(200, wholeBody(exchange, reply, choices, usage), headers, usage);
}

function wholeBody(exchange: ChatExchange, reply: ComposedReply, choices: number, usage: ReportedUsage): JsonObject {
  return {
    id: exchange.ids.completionId,
    object: "chat.completion",
    created: exchange.createdSeconds,
    model: exchange.body["model"],
    choices: Array.from({ length: choices }, (_, index) => ({
      index,
      message: {
        role: "assistant",
        content: reply.text === "" && reply.toolCalls.length > 0 ? null : reply.text,
        ...(reply.toolCalls.length > 0 && { tool_calls: toolCalls(exchange, reply, index) }),
        refusal: null,
        annotations: [],
      },
      logprobs: null,
      finish_reason: finishReason(reply),
    })),
    usage: usageBody(usage),
    service_tier: "default",
    system_fingerprint: "fp_fake",
  };
}

/** Chunks of each choice in turn; then, where asked for, the usage chunk; then the end mark. */
function* streamEvents(
  exchange: ChatExchange,
  reply: ComposedReply,
  choices: number,
  usage: ReportedUsage,
): Generator<string> {
  const options = exchange.body["stream_options"];
  const includeUsage = isObject(options) && options["include_usage"] === true;
  const head =
    `data: {"id":"${exchange.ids.completionId}","object":"chat.completion.chunk",` +
    `"created":${exchange.createdSeconds},"model":${JSON.stringify(exchange.body["model"])},` +
    `"service_tier":"default","system_fingerprint":"fp_fake","choices":[`;
  const tail = includeUsage ? `],"usage":null}\n\n` : "]}\n\n";
  const tokensPerEvent = exchange.plan.pace?.tokensPerEvent ?? 4;
  for (let index = 0; index < choices; index += 1) {
    const delta = (content: string) => `${head}{"index":${index},"delta":${content},"finish_reason":null}${tail}`;
    const calls = toolCalls(exchange, reply, index);
    const firstContent = reply.text === "" && calls.length > 0 ? "null" : `""`;
    yield delta(`{"role":"assistant","content":${firstContent},"refusal":null}`);
    for (const piece of splitText(reply.text, tokensPerEvent)) {
      yield delta(`{"content":${JSON.stringify(piece)}}`);
    }
    for (const [at, call] of calls.entries()) {
      const opening = { ...call, function: { name: call.function.name, arguments: "" } };
      yield delta(JSON.stringify({ tool_calls: [{ index: at, ...opening }] }));
      for (const piece of splitText(call.function.arguments, tokensPerEvent)) {
        yield delta(`{"tool_calls":[{"index":${at},"function":{"arguments":${JSON.stringify(piece)}}}]}`);
      }
    }
    yield `${head}{"index":${index},"delta":{},"finish_reason":"${finishReason(reply)}"}${tail}`;
  }
  if (includeUsage) {
    yield `${head}],"usage":${JSON.stringify(usageBody(usage))}}\n\n`;
  }
  yield "data: [DONE]\n\n";
}

function toolCalls(exchange: ChatExchange, reply: ComposedReply, choice: number) {
  return reply.toolCalls.map((call, at) => ({
    id: call.id ?? exchange.ids.openaiCallId(choice * 100 + at),
    type: "function",
    function: { name: call.name, arguments: call.arguments },
  }));
}

function finishReason(reply: ComposedReply): string {
  return reply.finish === "stop_sequence" ? "stop" : reply.finish;
}

function countUsage(body: JsonObject, reply: ComposedReply, choices: number, plan: Plan): ReportedUsage {
  const scripted = plan.reply?.usage;
  const reasoningTokens = scripted?.reasoningTokens ?? reasoningTokensOf(body);
  let characters = reply.text.length;
  for (const call of reply.toolCalls) {
    characters += call.name.length + call.arguments.length;
  }
  return {
    inputTokens: scripted?.inputTokens ?? countChatInputTokens(body),
    outputTokens: scripted?.outputTokens ?? Math.max(1, tokensOfCharacters(characters)) * choices + reasoningTokens,
    cachedInputTokens: scripted?.cachedInputTokens ?? 0,
    reasoningTokens,
    ...(scripted?.cacheWriteInputTokens !== undefined && { cacheWriteInputTokens: scripted.cacheWriteInputTokens }),
  };
}

function reasoningTokensOf(body: JsonObject): number {
  const model = findOpenaiModel(stringOf(body["model"]) ?? "");
  if (model === undefined || !model.reasoning) {
    return 0;
  }
  return REASONING_TOKENS[stringOf(body["reasoning_effort"]) ?? model.defaultEffort] ?? 0;
}

function usageBody(usage: ReportedUsage): JsonObject {
  return {
    prompt_tokens: usage.inputTokens,
    completion_tokens: usage.outputTokens,
    total_tokens: usage.inputTokens + usage.outputTokens,
    prompt_tokens_details: {
      cached_tokens: usage.cachedInputTokens ?? 0,
      audio_tokens: 0,
      ...(usage.cacheWriteInputTokens !== undefined && { cache_write_tokens: usage.cacheWriteInputTokens }),
    },
    completion_tokens_details: {
      reasoning_tokens: usage.reasoningTokens ?? 0,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  };
}

function readReplyFacts(body: JsonObject): ReplyFacts {
  const messages = objectsOf(body["messages"]);
  const lastUser = messages.findLast((message) => message["role"] === "user");
  const afterAssistant = messages.slice(messages.findLastIndex((message) => message["role"] === "assistant") + 1);
  const endsWithTool = messages.at(-1)?.["role"] === "tool";
  const stop = body["stop"];
  return {
    userText: textOfContent(lastUser?.["content"]),
    toolResults: endsWithTool
      ? afterAssistant
          .filter((message) => message["role"] === "tool")
          .map((message) => textOfContent(message["content"]))
      : undefined,
    tools: readTools(body["tools"]),
    toolChoice: readToolChoice(body["tool_choice"]),
    parallelToolCalls: body["parallel_tool_calls"] !== false,
    json: readJsonFormat(body["response_format"]),
    stopSequences:
      typeof stop === "string" ? [stop] : Array.isArray(stop) ? stop.filter((s) => typeof s === "string") : [],
    maxOutputTokens: outputLimit(body),
    thinks: false,
  };
}

/** The visible output limit: reasoning tokens come off it first. */
function outputLimit(body: JsonObject): number | undefined {
  const limit = numberOf(body["max_completion_tokens"]) ?? numberOf(body["max_tokens"]);
  return limit === undefined ? undefined : Math.max(0, limit - reasoningTokensOf(body));
}

export function textOfContent(content: unknown): string {
  if (typeof content === "string") {
    return content;
  }
  return objectsOf(content)
    .map((part) => stringOf(part["text"]) ?? "")
    .join("");
}

function readTools(tools: unknown): readonly OfferedTool[] {
  return objectsOf(tools).flatMap((tool) => {
    const offered = isObject(tool["function"]) ? tool["function"] : {};
    const name = stringOf(offered["name"]);
    return name === undefined
      ? []
      : [{ name, schema: isObject(offered["parameters"]) ? offered["parameters"] : undefined }];
  });
}

function readToolChoice(choice: unknown): ReplyFacts["toolChoice"] {
  if (choice === "none" || choice === "required") {
    return choice;
  }
  const forced = isObject(choice) && isObject(choice["function"]) ? stringOf(choice["function"]["name"]) : undefined;
  return forced === undefined ? "auto" : { name: forced };
}

function readJsonFormat(format: unknown): ReplyFacts["json"] {
  if (!isObject(format)) {
    return undefined;
  }
  if (format["type"] === "json_object") {
    return true;
  }
  const schema = isObject(format["json_schema"]) ? format["json_schema"]["schema"] : undefined;
  return format["type"] === "json_schema" ? (isObject(schema) ? schema : true) : undefined;
}
