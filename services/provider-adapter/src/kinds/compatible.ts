import {
  audio,
  chatCompletions,
  countsMessages,
  filesAndBatches,
  forwards,
  images,
  messages,
  openaiEmbeddings,
  responses,
} from "./endpoints.ts";
import { keyIn } from "./key-headers.ts";
import { openaiLike } from "./openai-like.ts";
import type { ProviderKind } from "./provider-kind.ts";

/** Any server that speaks another's dialect. */
export const compatible = {
  openai_compatible: openaiLike({
    label: "Any OpenAI-compatible server",
    baseUrl: undefined,
    keyVariables: [],
    endpoints: [chatCompletions(), responses(), messages("/messages")],
    usualDialects: ["openai.chat"],
    embeddings: [openaiEmbeddings()],
    forward: forwards(...images, ...audio, "/moderations", "/rerank", ...filesAndBatches),
    historyReasoning: "send",
    sources: ["https://platform.openai.com/docs/api-reference"],
  }),
  anthropic_compatible: openaiLike({
    label: "Any Anthropic-compatible server",
    baseUrl: undefined,
    keyVariables: [],
    keyHeaders: keyIn("x-api-key"),
    endpoints: [messages()],
    counting: [countsMessages()],
    historyReasoning: "send",
    sources: ["https://docs.anthropic.com/en/api/messages"],
  }),
} as const satisfies Readonly<Record<string, ProviderKind>>;
