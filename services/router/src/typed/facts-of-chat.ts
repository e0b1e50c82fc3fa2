import type { ChatRequest } from "@sluice/api/sluice/chat/v1/chat_request";
import type { Part } from "@sluice/api/sluice/chat/v1/content";
import type { RequestFacts } from "@sluice/dialects";

type Modality = RequestFacts["inputModalities"][number];

/** Tokens that frame a message, a tool or the whole, beyond its text. */
const framingTokens = 64;
/** The most tokens that a picture, a sound or a page of a document is charged at by any provider known. */
const mediaTokens = 32_768;

/** What the router must know of a typed request to decide about it. */
export function factsOfChat(chat: ChatRequest, stream: boolean): RequestFacts {
  const modalities = new Set<Modality>(["text"]);
  let tokens = framingTokens;
  const countPart = (part: Part): void => {
    const kind = part.kind;
    switch (kind.case) {
      case "text":
      case "refusal":
        tokens += Buffer.byteLength(kind.value.text);
        break;
      case "reasoning":
        tokens += Buffer.byteLength(kind.value.text) + kind.value.signature.length + kind.value.redactedData.length;
        break;
      case "toolCall":
        tokens += framingTokens + Buffer.byteLength(kind.value.tool) + Buffer.byteLength(kind.value.arguments);
        break;
      case "toolResult":
        tokens += framingTokens + Buffer.byteLength(kind.value.serverContentJson);
        kind.value.content.forEach(countPart);
        break;
      case "image":
      case "audio":
        modalities.add(kind.case);
        tokens += mediaTokens;
        break;
      case "document":
        modalities.add("document");
        tokens += documentTokens(kind.value.media?.source) + Buffer.byteLength(kind.value.context);
        kind.value.content.forEach(countPart);
        break;
      case "opaque":
        tokens += Buffer.byteLength(kind.value.json);
        break;
      case undefined:
        break;
    }
  };
  for (const message of chat.messages) {
    tokens += framingTokens;
    message.parts.forEach(countPart);
  }
  for (const tool of chat.tools) {
    tokens += framingTokens + toolBytes(tool.kind);
  }
  if (chat.responseFormat?.kind.case === "jsonSchema") {
    tokens += Buffer.byteLength(chat.responseFormat.kind.value.schemaJson);
  }
  return {
    model: chat.model,
    stream,
    maxOutputTokens: chat.maxOutputTokens,
    candidateCount: chat.candidateCount ?? 1,
    inputTokensAtMost: tokens,
    inputModalities: [...modalities],
    hasTools: chat.tools.length > 0,
    endUser: chat.endUser === "" ? undefined : chat.endUser,
  };
}

function documentTokens(source: { readonly case: string | undefined; readonly value?: unknown } | undefined): number {
  const inline = source?.case === "inlineData" ? (source.value as Uint8Array).length : 0;
  return Math.max(mediaTokens, inline);
}

function toolBytes(tool: ChatRequest["tools"][number]["kind"]): number {
  switch (tool.case) {
    case "function":
      return Buffer.byteLength(tool.value.name + tool.value.description + tool.value.parametersJsonSchema);
    case "custom":
      return Buffer.byteLength(tool.value.name + tool.value.description + tool.value.formatJson);
    case "server":
      return Buffer.byteLength(tool.value.json);
    case undefined:
      return 0;
  }
}
