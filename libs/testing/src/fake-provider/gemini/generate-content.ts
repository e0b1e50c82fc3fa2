import { type Answer, jsonAnswer, streamAnswer } from "../answer.ts";
import { type ComposedReply, composeReply, type ReplyFacts } from "../compose-reply.ts";
import type { Exchange } from "../exchange.ts";
import type { JsonObject } from "../json.ts";
import type { ReportedUsage } from "../request-log.ts";
import { splitText } from "../split-text.ts";
import { countGeminiInputTokens, tokensOfCharacters } from "../token-count.ts";
import { type GeminiModel, UNRESTRICTED_GEMINI } from "./gemini-models.ts";
import { enumAnswer, includesThoughts, readGeminiFacts } from "./read-gemini-facts.ts";
import { signThought } from "./thought-signature.ts";
import { candidateCount } from "./validate-generate.ts";

/** A valid request, as readMessage gives it, and who asks. */
export interface Generation {
  readonly exchange: Exchange;
  readonly request: JsonObject;
  readonly modelName: string;
  readonly model: GeminiModel | undefined;
}

/** The parts of an answer, and how far each may be cut into chunks. */
interface Composed {
  readonly reply: ComposedReply;
  readonly thoughts: readonly JsonObject[];
  readonly text: string;
  readonly calls: readonly JsonObject[];
  /** The signature of the answer's text, where there is no call to carry it. */
  readonly textSignature: string | undefined;
  readonly finishReason: string;
}

/** The answer to :generateContent and :streamGenerateContent, the latter as server-sent events. */
export function generateContent(generation: Generation): Answer {
  const { exchange, request } = generation;
  const { plan } = exchange;
  const facts = readGeminiFacts(request, generation.model);
  const bare = enumAnswer(request);
  const reply = composeReply(facts, bare === undefined ? plan.reply : { text: bare, ...plan.reply });
  const composed = compose(generation, facts, reply);
  const usage = countUsage(generation, composed);
  const headers = { ...exchange.headers, ...plan.reply?.headers };
  return exchange.received.stream
    ? streamAnswer(
        streamEvents(generation, composed, usage),
        { ...headers, "content-type": "text/event-stream" },
        usage,
      )
    : jsonAnswer(200, wholeBody(generation, composed, usage), headers, usage);
}

function compose(generation: Generation, facts: ReplyFacts, reply: ComposedReply): Composed {
  const { model, exchange, request } = generation;
  const signature =
    reply.thinking === undefined || (facts.tools.length === 0 && model?.requiresSignatures !== true)
      ? undefined
      : signThought(reply.thinking);
  const whole = reply.toolCalls.filter((call) => isJsonObject(call.arguments));
  const calls = whole.map((call, at) => ({
    functionCall: {
      name: call.name,
      args: JSON.parse(call.arguments) as unknown,
      ...((call.id !== undefined || model?.givesCallIds === true) && { id: call.id ?? exchange.ids.geminiCallId(at) }),
    },
    ...(at === 0 && signature !== undefined && { thoughtSignature: signature }),
  }));
  return {
    reply,
    thoughts:
      reply.thinking !== undefined && includesThoughts(request) ? [{ text: reply.thinking, thought: true }] : [],
    text: reply.text,
    calls,
    textSignature: calls.length === 0 ? signature : undefined,
    finishReason: finishReason(reply, whole.length < reply.toolCalls.length),
  };
}

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

/** A call is STOP too. One whose arguments are no JSON is never sent. */
function finishReason(reply: ComposedReply, lostCalls: boolean): string {
  switch (reply.finish) {
    case "length":
      return "MAX_TOKENS";
    case "content_filter":
      return "SAFETY";
    default:
      return lostCalls ? "MALFORMED_FUNCTION_CALL" : "STOP";
  }
}

function wholeBody(generation: Generation, composed: Composed, usage: ReportedUsage): JsonObject {
  const text =
    composed.text === "" && composed.calls.length > 0
      ? []
      : [{ text: composed.text, ...(composed.textSignature && { thoughtSignature: composed.textSignature }) }];
  const parts = [...composed.thoughts, ...text, ...composed.calls];
  return {
    candidates: Array.from({ length: candidateCount(generation.request) }, (_, index) => ({
      content: { parts, role: "model" },
      finishReason: composed.finishReason,
      index,
    })),
    ...envelope(generation, usageBody(usage)),
  };
}

/**
 * Thoughts and text in pieces, each call whole; every chunk says what was used so far. Models that sign give the text's
 * signature with an empty text in the last chunk.
 */
function* streamEvents(generation: Generation, composed: Composed, usage: ReportedUsage): Generator<string> {
  const tokensPerEvent = generation.exchange.plan.pace?.tokensPerEvent ?? 4;
  const { promptTokenCount, promptTokensDetails } = usageBody(usage);
  const separateEnd =
    (generation.model ?? UNRESTRICTED_GEMINI).requiresSignatures || composed.textSignature !== undefined;
  for (let index = 0; index < candidateCount(generation.request); index += 1) {
    const parts = [...pieces(composed, tokensPerEvent)];
    const last = separateEnd
      ? { text: "", ...(composed.textSignature && { thoughtSignature: composed.textSignature }) }
      : (parts.pop() ?? { text: "" });
    for (const part of parts) {
      yield chunk(
        [{ content: { parts: [part], role: "model" }, index }],
        envelope(generation, { promptTokenCount, totalTokenCount: promptTokenCount, promptTokensDetails }),
      );
    }
    const ending = { content: { parts: [last], role: "model" }, finishReason: composed.finishReason, index };
    yield chunk([ending], envelope(generation, usageBody(usage)));
  }
}

function* pieces(composed: Composed, tokensPerEvent: number): Generator<JsonObject> {
  for (const thought of composed.thoughts) {
    for (const text of splitText(String(thought["text"]), tokensPerEvent)) {
      yield { text, thought: true };
    }
  }
  for (const text of splitText(composed.text, tokensPerEvent)) {
    yield { text };
  }
  yield* composed.calls;
}

function chunk(candidates: readonly JsonObject[], rest: JsonObject): string {
  return `data: ${JSON.stringify({ candidates, ...rest })}\r\n\r\n`;
}

function envelope(generation: Generation, usageMetadata: JsonObject): JsonObject {
  return { usageMetadata, modelVersion: generation.modelName, responseId: generation.exchange.ids.geminiResponseId };
}

function countUsage(generation: Generation, composed: Composed): ReportedUsage {
  const scripted = generation.exchange.plan.reply?.usage;
  const { reply } = composed;
  const reasoningTokens = scripted?.reasoningTokens ?? tokensOfCharacters(reply.thinking?.length ?? 0);
  let characters = reply.text.length;
  for (const call of reply.toolCalls) {
    characters += call.name.length + call.arguments.length;
  }
  const said = Math.max(1, tokensOfCharacters(characters)) * candidateCount(generation.request);
  return {
    inputTokens: scripted?.inputTokens ?? countGeminiInputTokens(generation.request),
    outputTokens: scripted?.outputTokens ?? said + reasoningTokens,
    ...(scripted?.cachedInputTokens !== undefined && { cachedInputTokens: scripted.cachedInputTokens }),
    ...(reasoningTokens > 0 && { reasoningTokens }),
  };
}

/** candidatesTokenCount leaves thoughts out, which the log's outputTokens include. */
function usageBody(usage: ReportedUsage): JsonObject {
  const thoughts = usage.reasoningTokens ?? 0;
  return {
    promptTokenCount: usage.inputTokens,
    candidatesTokenCount: usage.outputTokens - thoughts,
    totalTokenCount: usage.inputTokens + usage.outputTokens,
    ...(usage.cachedInputTokens !== undefined && {
      cachedContentTokenCount: usage.cachedInputTokens,
      cacheTokensDetails: [{ modality: "TEXT", tokenCount: usage.cachedInputTokens }],
    }),
    promptTokensDetails: [{ modality: "TEXT", tokenCount: usage.inputTokens }],
    ...(thoughts > 0 && { thoughtsTokenCount: thoughts }),
  };
}

/** 200 without candidates: what Gemini answers to a prompt that it filters. */
export function blockedPrompt(stream: boolean, headers: Readonly<Record<string, string>>): Answer {
  const body = {
    promptFeedback: { blockReason: "PROHIBITED_CONTENT" },
    usageMetadata: { promptTokenCount: 1, totalTokenCount: 1 },
  };
  return stream
    ? streamAnswer([`data: ${JSON.stringify(body)}\r\n\r\n`], { ...headers, "content-type": "text/event-stream" })
    : jsonAnswer(200, body, headers);
}
