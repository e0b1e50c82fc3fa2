import { chatCompletions, messages, openaiEmbeddings } from "./endpoints.ts";
import { bearer, keyIn } from "./key-headers.ts";
import type { ProviderKind } from "./provider-kind.ts";

const seen = "2026-11-22";

/** Any server that speaks another's dialect. */
export const compatible = {
  openai_compatible: {
    label: "Any OpenAI-compatible server",
    baseUrl: undefined,
    baseUrlVariables: [],
    keyVariables: [],
    keyHeaders: bearer,
    endpoints: [chatCompletions()],
    embeddings: [openaiEmbeddings()],
    catalogue: [],
    openEnded: true,
    historyReasoning: "send",
    sources: ["https://platform.openai.com/docs/api-reference"],
    seen,
  },
  anthropic_compatible: {
    label: "Any Anthropic-compatible server",
    baseUrl: undefined,
    baseUrlVariables: [],
    keyVariables: [],
    keyHeaders: keyIn("x-api-key"),
    endpoints: [messages()],
    catalogue: [],
    openEnded: true,
    historyReasoning: "send",
    sources: ["https://docs.anthropic.com/en/api/messages"],
    seen,
  },
} as const satisfies Readonly<Record<string, ProviderKind>>;
