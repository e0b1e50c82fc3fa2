import type { ChatRequest } from "@sluice/api/sluice/chat/v1/chat_request";
import type { DocumentPart, Extension, Media, Part } from "@sluice/api/sluice/chat/v1/content";
import type { RequestFacts } from "@sluice/dialects";

type Modality = RequestFacts["inputModalities"][number];

// No tokenizer makes more tokens than there are UTF-8 bytes; the rest are allowances, none below those that the dialects count with.

/** Tokens that frame the whole: a provider's own preamble included. */
const requestTokens = 512;
/** The provider's preamble about the use of tools. */
const toolsTokens = 1_024;
/** Tokens that frame a message, a tool or a part of its own, beyond its text. */
const framingTokens = 64;
/** A picture. */
const imageTokens = 16_384;
/** A document or a sound that is not in the request: an address, or a file that the provider has. */
const remoteDocumentTokens = 200_000;
const remoteAudioTokens = 60_000;

/** What the router must know of a typed request to decide about it. */
export function factsOfChat(chat: ChatRequest, stream: boolean): RequestFacts {
  const modalities = new Set<Modality>(["text"]);
  let tokens = requestTokens + extensionBytes(chat.extensions);
  const countPart = (part: Part): void => {
    const kind = part.kind;
    tokens += framingTokens + extensionBytes(part.extensions);
    switch (kind.case) {
      case "text":
        tokens += bytesOf(kind.value.text);
        for (const { url, title, citedText, json } of kind.value.citations) {
          tokens += framingTokens + bytesOf(url, title, citedText, json);
        }
        break;
      case "refusal":
        tokens += bytesOf(kind.value.text);
        break;
      case "reasoning":
        tokens += bytesOf(kind.value.text, kind.value.signature, kind.value.redactedData);
        break;
      case "toolCall":
        tokens += bytesOf(kind.value.id, kind.value.tool, kind.value.arguments, kind.value.signature);
        break;
      case "toolResult":
        tokens += bytesOf(kind.value.toolCallId, kind.value.tool, kind.value.serverContentJson);
        kind.value.content.forEach(countPart);
        break;
      case "image":
        modalities.add("image");
        tokens += imageTokens;
        break;
      case "audio":
        modalities.add("audio");
        tokens += audioTokens(kind.value.media) + bytesOf(kind.value.transcript);
        break;
      case "document":
        modalities.add("document");
        tokens += documentTokens(kind.value) + bytesOf(kind.value.title, kind.value.context);
        kind.value.content.forEach(countPart);
        break;
      case "opaque":
        tokens += bytesOf(kind.value.json);
        break;
      case undefined:
        break;
    }
  };
  for (const message of chat.messages) {
    tokens += framingTokens + bytesOf(message.participant) + extensionBytes(message.extensions);
    message.parts.forEach(countPart);
  }
  if (chat.tools.length > 0) tokens += toolsTokens;
  for (const tool of chat.tools) {
    tokens += framingTokens + toolBytes(tool.kind) + extensionBytes(tool.extensions);
  }
  if (chat.responseFormat?.kind.case === "jsonSchema") {
    const { name, description, schemaJson } = chat.responseFormat.kind.value;
    tokens += framingTokens + bytesOf(name, description, schemaJson);
  }
  return {
    model: chat.model,
    stream,
    maxOutputTokens: chat.maxOutputTokens,
    // None asked for is one answered, by providers that do not know the parameter.
    candidateCount: Math.max(1, chat.candidateCount ?? 1),
    inputTokensAtMost: tokens,
    inputModalities: [...modalities],
    hasTools: chat.tools.length > 0,
    endUser: chat.endUser === "" ? undefined : chat.endUser,
  };
}

function bytesOf(...texts: readonly string[]): number {
  let bytes = 0;
  for (const text of texts) bytes += Buffer.byteLength(text);
  return bytes;
}

/** They return to their own dialect as they are, so they may be input. */
function extensionBytes(extensions: readonly Extension[]): number {
  let bytes = 0;
  for (const { field, json } of extensions) bytes += bytesOf(field, json);
  return bytes;
}

/** At least 8 kbit/s and at most 32 tokens a second: 31 bytes make a token. */
function audioTokens(media: Media | undefined): number {
  return media?.source.case === "inlineData" ? 256 + Math.ceil(media.source.value.length / 24) : remoteAudioTokens;
}

/** Pages are read as text and as pictures; a document of content parts is counted by them. */
function documentTokens({ media, content }: DocumentPart): number {
  if (media?.source.case === "inlineData") return 8_192 + media.source.value.length;
  return media === undefined && content.length > 0 ? 0 : remoteDocumentTokens;
}

function toolBytes(tool: ChatRequest["tools"][number]["kind"]): number {
  switch (tool.case) {
    case "function":
      return bytesOf(tool.value.name, tool.value.description, tool.value.parametersJsonSchema);
    case "custom":
      return bytesOf(tool.value.name, tool.value.description, tool.value.formatJson);
    case "server":
      return bytesOf(tool.value.json) + serverToolTokens;
    case undefined:
      return 0;
  }
}

/** A tool that the provider defines is described to the model by the provider. */
const serverToolTokens = 4_096;
