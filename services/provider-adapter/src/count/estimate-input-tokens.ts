import type { ChatRequest, Tool } from "@sluice/api/sluice/chat/v1/chat_request";
import type { Media, Part } from "@sluice/api/sluice/chat/v1/content";
import { createTextTokenCounter, type TextTokenCounter } from "./count-text-tokens.ts";

// What frames texts: OpenAI's own reckoning for its models, three tokens for a message and three for the answer's beginning
// (github.com/openai/openai-cookbook, examples/How_to_count_tokens_with_tiktoken.ipynb, which gpt-tokenizer 4.0.0 refers to).
const messageTokens = 3;
const answerTokens = 3;
/** Our guess: a tool is told in some words beside its schema. */
const toolTokens = 8;
const callTokens = 8;

// Our guesses for what is no text, each about what a common one comes to: a picture of 1,024 by 1,024, a page of a PDF, a second of sound.
const imageTokens = 1_024;
const documentTokens = 4_096;
const documentBytesPerToken = 64;
const audioTokens = 256;
const audioBytesPerToken = 1_024;

/** The input tokens that a request comes to, about, where its provider does not count them. */
export async function estimateInputTokens(request: ChatRequest): Promise<number> {
  const counter = await createTextTokenCounter();
  let tokens = answerTokens;
  for (const message of request.messages) {
    tokens += messageTokens + counter.count(message.participant);
    for (const part of message.parts) tokens += estimatePart(part, counter);
  }
  for (const tool of request.tools) tokens += toolTokens + counter.count(textOfTool(tool));
  const format = request.responseFormat?.kind;
  if (format?.case === "jsonSchema") tokens += counter.count(format.value.schemaJson);
  return tokens;
}

function estimatePart({ kind }: Part, counter: TextTokenCounter): number {
  switch (kind.case) {
    case "text":
    case "refusal":
      return counter.count(kind.value.text);
    case "reasoning":
      return counter.count(kind.value.text);
    case "toolCall":
      return callTokens + counter.count(kind.value.tool) + counter.count(kind.value.arguments);
    case "toolResult": {
      const { content, serverContentJson } = kind.value;
      const parts = content.reduce((sum, part) => sum + estimatePart(part, counter), 0);
      return callTokens + parts + counter.count(serverContentJson);
    }
    case "image":
      return imageTokens;
    case "document": {
      const { media, content, title, context } = kind.value;
      const parts = content.reduce((sum, part) => sum + estimatePart(part, counter), 0);
      return parts + counter.count(title) + counter.count(context) + estimateDocument(media, counter);
    }
    case "audio":
      return audioTokens + Math.ceil(bytesOf(kind.value.media) / audioBytesPerToken);
    case "opaque":
      return counter.count(kind.value.json);
    case undefined:
      return 0;
  }
}

function estimateDocument(media: Media | undefined, counter: TextTokenCounter): number {
  if (media === undefined) return 0;
  if (media.source.case === "inlineData" && media.mediaType.startsWith("text/")) {
    return counter.count(Buffer.from(media.source.value).toString("utf8"));
  }
  return Math.max(documentTokens, Math.ceil(bytesOf(media) / documentBytesPerToken));
}

function bytesOf(media: Media | undefined): number {
  return media?.source.case === "inlineData" ? media.source.value.length : 0;
}

function textOfTool({ kind }: Tool): string {
  switch (kind.case) {
    case "function":
      return `${kind.value.name} ${kind.value.description} ${kind.value.parametersJsonSchema}`;
    case "custom":
      return `${kind.value.name} ${kind.value.description} ${kind.value.formatJson}`;
    case "server":
      return kind.value.json;
    case undefined:
      return "";
  }
}
