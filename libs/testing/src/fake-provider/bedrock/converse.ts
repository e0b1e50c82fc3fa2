import { type Answer, jsonAnswer, streamAnswer } from "../answer.ts";
import { displayOf, isThinking, REDACTED_THINKING_TRIGGER } from "../anthropic-messages.ts";
import { findAnthropicModel } from "../anthropic-models.ts";
import type { ApiError } from "../api-error.ts";
import { type ComposedReply, composeReply, type ReplyFacts } from "../compose-reply.ts";
import type { Exchange } from "../exchange.ts";
import { isKnownModel } from "../is-known-model.ts";
import { isObject, type JsonObject } from "../json.ts";
import type { ReportedUsage } from "../request-log.ts";
import { splitText } from "../split-text.ts";
import { sealThinking, signThinking } from "../thinking-signature.ts";
import { tokensOfCharacters } from "../token-count.ts";
import { validateMessages } from "../validate-anthropic.ts";
import { validationException } from "./bedrock-error.ts";
import { type BedrockModel, findBedrockModel } from "./bedrock-models.ts";
import { eventFrame } from "./event-frame.ts";
import { messagesOfConverse } from "./messages-of-converse.ts";
import { readConverseFacts } from "./read-converse-facts.ts";
import { validateConverse } from "./validate-converse.ts";

/** A valid request, as it came and as Claude's own API would be asked. */
interface Conversation {
  readonly exchange: Exchange;
  readonly request: JsonObject;
  readonly messages: JsonObject;
  readonly model: BedrockModel | undefined;
}

type Block =
  | { readonly kind: "reasoning"; readonly text: string; readonly signature: string | undefined }
  | { readonly kind: "redacted"; readonly content: string }
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "tool"; readonly id: string; readonly name: string; readonly argumentText: string };

/** The answer to POST /model/<id>/converse and /converse-stream. */
export function answerConverse(exchange: Exchange): Answer | ApiError {
  const { received, surroundings } = exchange;
  const modelId = received.model ?? "";
  const model = findBedrockModel(modelId);
  if (model === undefined && !isKnownModel(modelId, surroundings)) {
    return validationException("The provided model identifier is invalid.");
  }
  const request = received.json;
  if (!isObject(request)) {
    return { status: 400, type: "SerializationException", message: "Unexpected end of input" };
  }
  const refused = validateConverse(request);
  if (refused !== undefined) {
    return refused;
  }
  const messages = messagesOfConverse(request, model?.claude ?? modelId);
  return refusalOfClaude(messages, model) ?? converse({ exchange, request, messages, model });
}

/** Claude's own refusal, as Bedrock hands it on. */
function refusalOfClaude(messages: JsonObject, model: BedrockModel | undefined): ApiError | undefined {
  if (model?.claude === undefined) {
    return undefined;
  }
  const refused = validateMessages(messages, {
    model: findAnthropicModel(model.claude),
    modelName: model.claude,
    version: "2023-06-01",
    beta: true,
    counting: false,
  });
  return refused && validationException(`The model returned the following errors: ${refused.message}`);
}

function converse(conversation: Conversation): Answer {
  const { exchange, request, messages, model } = conversation;
  const facts = readConverseFacts(request, (userText) => model?.reasons === true || isThinking(messages, userText));
  const reply = composeReply(facts, exchange.plan.reply);
  const blocks = blocksOf(conversation, facts, reply);
  const usage = countUsage(conversation, reply);
  const headers = { ...exchange.headers, ...exchange.plan.reply?.headers };
  if (!exchange.received.stream) {
    return jsonAnswer(200, wholeBody(conversation, reply, blocks, usage), headers, usage);
  }
  const streamHeaders = { ...headers, "content-type": "application/vnd.amazon.eventstream" };
  return streamAnswer(streamEvents(conversation, reply, blocks, usage), streamHeaders, usage);
}

function blocksOf(conversation: Conversation, facts: ReplyFacts, reply: ComposedReply): readonly Block[] {
  const { exchange, messages, model } = conversation;
  const blocks: Block[] = [];
  if (reply.thinking !== undefined) {
    if (model?.reasons === true) {
      blocks.push({ kind: "reasoning", text: reply.thinking, signature: undefined });
    } else if (facts.userText.includes(REDACTED_THINKING_TRIGGER)) {
      const content = Buffer.from(sealThinking(reply.thinking)).toString("base64");
      blocks.push({ kind: "redacted", content });
    } else if (displayOf(messages) === "omitted") {
      blocks.push({ kind: "reasoning", text: "", signature: sealThinking(reply.thinking) });
    } else {
      blocks.push({ kind: "reasoning", text: reply.thinking, signature: signThinking(reply.thinking) });
    }
  }
  if (reply.text !== "") {
    blocks.push({ kind: "text", text: reply.text });
  }
  for (const [at, call] of reply.toolCalls.entries()) {
    const id = call.id ?? exchange.ids.bedrockCallId(at);
    blocks.push({ kind: "tool", id, name: call.name, argumentText: call.arguments });
  }
  return blocks;
}

function wholeBody(
  conversation: Conversation,
  reply: ComposedReply,
  blocks: readonly Block[],
  usage: ReportedUsage,
): JsonObject {
  return {
    output: { message: { role: "assistant", content: blocks.map(contentBlock) } },
    stopReason: stopReason(reply),
    ...additionalFields(conversation, reply),
    usage: usageBody(usage),
    metrics: { latencyMs: 1 },
  };
}

function contentBlock(block: Block): JsonObject {
  switch (block.kind) {
    case "reasoning":
      return {
        reasoningContent: {
          reasoningText: { text: block.text, ...(block.signature !== undefined && { signature: block.signature }) },
        },
      };
    case "redacted":
      return { reasoningContent: { redactedContent: block.content } };
    case "text":
      return { text: block.text };
    case "tool":
      return { toolUse: { toolUseId: block.id, name: block.name, input: parseInput(block.argumentText) } };
  }
}

/** An object always; what is not one (cut off by the limit) becomes empty. */
function parseInput(argumentText: string): unknown {
  try {
    return JSON.parse(argumentText);
  } catch {
    return {};
  }
}

/** Only blocks of tools have a start event; every event is padded, so that its length says nothing. */
function* streamEvents(
  conversation: Conversation,
  reply: ComposedReply,
  blocks: readonly Block[],
  usage: ReportedUsage,
): Generator<Buffer> {
  const tokensPerEvent = conversation.exchange.plan.pace?.tokensPerEvent ?? 4;
  const event = (type: string, value: JsonObject) => eventFrame(type, { ...value, p: "abcdefghijklm" });
  yield event("messageStart", { role: "assistant" });
  for (const [index, block] of blocks.entries()) {
    if (block.kind === "tool") {
      const start = { toolUse: { toolUseId: block.id, name: block.name } };
      yield event("contentBlockStart", { contentBlockIndex: index, start });
    }
    for (const delta of deltasOf(block, tokensPerEvent)) {
      yield event("contentBlockDelta", { contentBlockIndex: index, delta });
    }
    yield event("contentBlockStop", { contentBlockIndex: index });
  }
  yield event("messageStop", { stopReason: stopReason(reply), ...additionalFields(conversation, reply) });
  yield event("metadata", { usage: usageBody(usage), metrics: { latencyMs: 1 } });
}

function* deltasOf(block: Block, tokensPerEvent: number): Generator<JsonObject> {
  switch (block.kind) {
    case "reasoning":
      for (const text of splitText(block.text, tokensPerEvent)) {
        yield { reasoningContent: { text } };
      }
      if (block.signature !== undefined) {
        yield { reasoningContent: { signature: block.signature } };
      }
      return;
    case "redacted":
      yield { reasoningContent: { redactedContent: block.content } };
      return;
    case "text":
      for (const text of splitText(block.text, tokensPerEvent)) {
        yield { text };
      }
      return;
    case "tool":
      for (const input of splitText(block.argumentText, tokensPerEvent)) {
        yield { toolUse: { input } };
      }
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
      return "content_filtered";
    case "stop_sequence":
      return "stop_sequence";
  }
}

/** What the request asked to be told of the model's own answer. The fake's models say which stop sequence it was. */
function additionalFields(conversation: Conversation, reply: ComposedReply): JsonObject {
  const paths = conversation.request["additionalModelResponseFieldPaths"];
  return Array.isArray(paths) && paths.includes("/stop_sequence")
    ? { additionalModelResponseFields: { stop_sequence: reply.stopSequence ?? null } }
    : {};
}

function countUsage(conversation: Conversation, reply: ComposedReply): ReportedUsage {
  const { exchange, messages } = conversation;
  const scripted = exchange.plan.reply?.usage;
  const cached = exchange.surroundings.cache.read(messages);
  const written = cached.write5mTokens + cached.write1hTokens;
  let characters = reply.text.length + (reply.thinking?.length ?? 0);
  for (const call of reply.toolCalls) {
    characters += call.name.length + call.arguments.length;
  }
  return {
    inputTokens: scripted?.inputTokens ?? cached.inputTokens,
    outputTokens: scripted?.outputTokens ?? Math.max(1, tokensOfCharacters(characters)),
    cachedInputTokens: scripted?.cachedInputTokens ?? cached.readTokens,
    cacheWriteInputTokens: scripted?.cacheWriteInputTokens ?? written,
  };
}

/** totalTokens counts cached ones too, inputTokens does not. */
function usageBody(usage: ReportedUsage): JsonObject {
  const read = usage.cachedInputTokens ?? 0;
  const written = usage.cacheWriteInputTokens ?? 0;
  return {
    inputTokens: usage.inputTokens,
    outputTokens: usage.outputTokens,
    totalTokens: usage.inputTokens + usage.outputTokens + read + written,
    cacheReadInputTokens: read,
    cacheWriteInputTokens: written,
  };
}
