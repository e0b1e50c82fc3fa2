import { type Answer, jsonAnswer, streamAnswer } from "./answer.ts";
import { findAnthropicModel, UNRESTRICTED } from "./anthropic-models.ts";
import { type ComposedReply, composeReply, type ReplyFacts } from "./compose-reply.ts";
import type { ExchangeIds } from "./ids.ts";
import { isObject, type JsonObject, numberOf, objectsOf, stringOf } from "./json.ts";
import { textOfContent } from "./openai-chat.ts";
import type { PromptCache } from "./prompt-cache.ts";
import type { ReportedUsage } from "./request-log.ts";
import type { Plan } from "./script.ts";
import { splitText } from "./split-text.ts";
import { sealThinking, signThinking } from "./thinking-signature.ts";
import { countMessagesInputTokens, tokensOfCharacters } from "./token-count.ts";

/** A user text with this in it gets a redacted thinking block, as Anthropic documents for tests. */
export const REDACTED_THINKING_TRIGGER = "ANTHROPIC_MAGIC_STRING_TRIGGER_REDACTED_THINKING";

export interface MessagesExchange {
  readonly body: JsonObject;
  readonly plan: Plan;
  readonly ids: ExchangeIds;
  readonly headers: Readonly<Record<string, string>>;
  readonly cache: PromptCache;
}

type Block =
  | { readonly type: "thinking"; readonly thinking: string; readonly signature: string }
  | { readonly type: "redacted_thinking"; readonly data: string }
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "tool_use"; readonly id: string; readonly name: string; readonly argumentText: string };

interface Reported extends ReportedUsage {
  readonly cacheWrite5mTokens: number;
  readonly cacheWrite1hTokens: number;
}

/** The answer to a valid messages request. */
export function answerMessages(exchange: MessagesExchange): Answer {
  const { body, plan } = exchange;
  const facts = readReplyFacts(body);
  const reply = composeReply(facts, plan.reply);
  const blocks = blocksOf(exchange, facts, reply);
  const usage = countUsage(exchange, reply);
  const headers = { ...exchange.headers, ...plan.reply?.headers };
  return body["stream"] === true
    ? streamAnswer(streamEvents(exchange, reply, blocks, usage), headers, usage)
    : jsonAnswer(200, wholeBody(exchange, reply, blocks, usage), headers, usage);
}

export function answerCountTokens(body: JsonObject, headers: Readonly<Record<string, string>>): Answer {
  return jsonAnswer(200, { input_tokens: countMessagesInputTokens(body) }, headers);
}

function blocksOf(exchange: MessagesExchange, facts: ReplyFacts, reply: ComposedReply): readonly Block[] {
  const blocks: Block[] = [];
  if (reply.thinking !== undefined) {
    if (facts.userText.includes(REDACTED_THINKING_TRIGGER)) {
      blocks.push({ type: "redacted_thinking", data: sealThinking(reply.thinking) });
    } else if (displayOf(exchange.body) === "omitted") {
      blocks.push({ type: "thinking", thinking: "", signature: sealThinking(reply.thinking) });
    } else {
      blocks.push({ type: "thinking", thinking: reply.thinking, signature: signThinking(reply.thinking) });
    }
  }
  if (reply.text !== "") {
    blocks.push({ type: "text", text: reply.text });
  }
  for (const [at, call] of reply.toolCalls.entries()) {
    const id = call.id ?? exchange.ids.anthropicCallId(at);
    blocks.push({ type: "tool_use", id, name: call.name, argumentText: call.arguments });
  }
  return blocks;
}

function wholeBody(
  exchange: MessagesExchange,
  reply: ComposedReply,
  blocks: readonly Block[],
  usage: Reported,
): JsonObject {
  return {
    id: exchange.ids.messageId,
    type: "message",
    role: "assistant",
    model: exchange.body["model"],
    content: blocks.map((block) =>
      block.type === "tool_use"
        ? { type: "tool_use", id: block.id, name: block.name, input: parseInput(block.argumentText) }
        : block,
    ),
    stop_reason: stopReason(reply),
    stop_sequence: reply.stopSequence ?? null,
    usage: usageBody(usage, usage.outputTokens),
  };
}

function* streamEvents(
  exchange: MessagesExchange,
  reply: ComposedReply,
  blocks: readonly Block[],
  usage: Reported,
): Generator<string> {
  const tokensPerEvent = exchange.plan.pace?.tokensPerEvent ?? 4;
  yield event("message_start", {
    message: {
      id: exchange.ids.messageId,
      type: "message",
      role: "assistant",
      model: exchange.body["model"],
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage: usageBody(usage, 1),
    },
  });
  for (const [index, block] of blocks.entries()) {
    yield event("content_block_start", { index, content_block: openingOf(block) });
    if (index === 0) {
      yield event("ping", {});
    }
    const head = `event: content_block_delta\ndata: {"type":"content_block_delta","index":${index},"delta":`;
    if (block.type === "tool_use") {
      yield `${head}${deltaOf(block, '""')}}\n\n`;
    }
    for (const piece of splitText(textOf(block), tokensPerEvent)) {
      yield `${head}${deltaOf(block, JSON.stringify(piece))}}\n\n`;
    }
    if (block.type === "thinking") {
      yield `${head}{"type":"signature_delta","signature":${JSON.stringify(block.signature)}}}\n\n`;
    }
    yield event("content_block_stop", { index });
  }
  yield event("message_delta", {
    delta: { stop_reason: stopReason(reply), stop_sequence: reply.stopSequence ?? null },
    usage: {
      input_tokens: usage.inputTokens,
      cache_creation_input_tokens: usage.cacheWriteInputTokens ?? 0,
      cache_read_input_tokens: usage.cachedInputTokens ?? 0,
      output_tokens: usage.outputTokens,
      ...(usage.reasoningTokens !== undefined && { output_tokens_details: { thinking_tokens: usage.reasoningTokens } }),
    },
  });
  yield event("message_stop", {});
}

function event(type: string, fields: JsonObject): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;
}

function openingOf(block: Block): JsonObject {
  switch (block.type) {
    case "thinking":
      return { type: "thinking", thinking: "", signature: "" };
    case "redacted_thinking":
      return block as unknown as JsonObject;
    case "text":
      return { type: "text", text: "" };
    case "tool_use":
      return { type: "tool_use", id: block.id, name: block.name, input: {} };
  }
}

/** What flows in the block's deltas. An empty input has only the empty first one, which stands for {}. */
function textOf(block: Block): string {
  switch (block.type) {
    case "thinking":
      return block.thinking;
    case "redacted_thinking":
      return "";
    case "text":
      return block.text;
    case "tool_use":
      return block.argumentText === "{}" ? "" : block.argumentText;
  }
}

function deltaOf(block: Block, piece: string): string {
  switch (block.type) {
    case "thinking":
      return `{"type":"thinking_delta","thinking":${piece}}`;
    case "tool_use":
      return `{"type":"input_json_delta","partial_json":${piece}}`;
    default:
      return `{"type":"text_delta","text":${piece}}`;
  }
}

/** The input as a whole body carries it: an object always; what is not one (cut off by the limit) becomes empty. */
function parseInput(argumentText: string): unknown {
  try {
    return JSON.parse(argumentText);
  } catch {
    return {};
  }
}

function stopReason(reply: ComposedReply): string {
  switch (reply.finish) {
    case "stop":
      return "end_turn";
    case "length":
      return "max_tokens";
    case "tool_calls":
      return "tool_use";
    case "content_filter":
      return "refusal";
    case "stop_sequence":
      return "stop_sequence";
  }
}

function countUsage(exchange: MessagesExchange, reply: ComposedReply): Reported {
  const scripted = exchange.plan.reply?.usage;
  const cached = exchange.cache.read(exchange.body);
  const thinkingTokens = tokensOfCharacters(reply.thinking?.length ?? 0);
  let characters = reply.text.length + (reply.thinking?.length ?? 0);
  for (const call of reply.toolCalls) {
    characters += call.name.length + call.arguments.length;
  }
  const cacheWrite = scripted?.cacheWriteInputTokens;
  const reasoningTokens = scripted?.reasoningTokens ?? (reply.thinking === undefined ? undefined : thinkingTokens);
  return {
    inputTokens: scripted?.inputTokens ?? cached.inputTokens,
    outputTokens: scripted?.outputTokens ?? Math.max(1, tokensOfCharacters(characters)),
    cachedInputTokens: scripted?.cachedInputTokens ?? cached.readTokens,
    cacheWriteInputTokens: cacheWrite ?? cached.write5mTokens + cached.write1hTokens,
    cacheWrite5mTokens: cacheWrite ?? cached.write5mTokens,
    cacheWrite1hTokens: cacheWrite === undefined ? cached.write1hTokens : 0,
    ...(reasoningTokens !== undefined && { reasoningTokens }),
  };
}

function usageBody(usage: Reported, outputTokens: number): JsonObject {
  return {
    input_tokens: usage.inputTokens,
    cache_creation_input_tokens: usage.cacheWriteInputTokens ?? 0,
    cache_read_input_tokens: usage.cachedInputTokens ?? 0,
    cache_creation: {
      ephemeral_5m_input_tokens: usage.cacheWrite5mTokens,
      ephemeral_1h_input_tokens: usage.cacheWrite1hTokens,
    },
    output_tokens: outputTokens,
    ...(outputTokens === usage.outputTokens &&
      usage.reasoningTokens !== undefined && { output_tokens_details: { thinking_tokens: usage.reasoningTokens } }),
    service_tier: "standard",
  };
}

function readReplyFacts(body: JsonObject): ReplyFacts {
  const messages = objectsOf(body["messages"]);
  const last = messages.at(-1);
  const results = objectsOf(last?.["content"]).filter((part) => part["type"] === "tool_result");
  const lastUser = messages.findLast((message) => message["role"] === "user");
  const userText = textOfContent(lastUser?.["content"]);
  const choice = isObject(body["tool_choice"]) ? body["tool_choice"] : {};
  const output = isObject(body["output_config"]) ? body["output_config"]["format"] : undefined;
  return {
    userText,
    toolResults: results.length === 0 ? undefined : results.map((result) => textOfContent(result["content"])),
    tools: objectsOf(body["tools"]).flatMap((tool) => {
      const name = stringOf(tool["name"]);
      const schema = isObject(tool["input_schema"]) ? tool["input_schema"] : undefined;
      return name === undefined || (schema === undefined && tool["type"] !== undefined) ? [] : [{ name, schema }];
    }),
    toolChoice: readToolChoice(choice),
    parallelToolCalls: choice["disable_parallel_tool_use"] !== true,
    json: isObject(output) && isObject(output["schema"]) ? output["schema"] : undefined,
    stopSequences: Array.isArray(body["stop_sequences"])
      ? body["stop_sequences"].filter((sequence) => typeof sequence === "string")
      : [],
    maxOutputTokens: numberOf(body["max_tokens"]),
    thinks: isThinking(body, userText),
  };
}

/**
 * Thinking asked for always happens. A model that thinks without being asked may also leave it: here it thinks when the
 * user text says "think".
 */
export function isThinking(body: JsonObject, userText: string): boolean {
  const type = isObject(body["thinking"]) ? body["thinking"]["type"] : undefined;
  if (type === undefined) {
    const model = findAnthropicModel(stringOf(body["model"]) ?? "");
    return (
      model?.thinkingTypes.includes("adaptive") === true &&
      model.defaultDisplay === "omitted" &&
      /\bthink/i.test(userText)
    );
  }
  return type === "enabled" || type === "adaptive";
}

export function displayOf(body: JsonObject): string {
  const display = isObject(body["thinking"]) ? stringOf(body["thinking"]["display"]) : undefined;
  return display ?? (findAnthropicModel(stringOf(body["model"]) ?? "") ?? UNRESTRICTED).defaultDisplay;
}

function readToolChoice(choice: JsonObject): ReplyFacts["toolChoice"] {
  switch (choice["type"]) {
    case "none":
      return "none";
    case "any":
      return "required";
    case "tool":
      return { name: stringOf(choice["name"]) ?? "" };
    default:
      return "auto";
  }
}
