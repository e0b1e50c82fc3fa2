import { chatCompletions, filesAndBatches, forwards, messages, openaiEmbeddings, responses } from "./endpoints.ts";
import { bearer } from "./key-headers.ts";
import { limitIsMaxTokens, oneAnswerOnly, refuses } from "./parameter-rules.ts";
import type { ProviderKind } from "./provider-kind.ts";

const seen = "2026-11-22";
const groqChat = "console.groq.com/docs/openai, seen 2026-11-22";
const together = "docs.together.ai/reference/chat-completions, seen 2026-11-22";

/** Those who run models that others made. */
export const inferenceHosts = {
  groq: {
    label: "Groq",
    baseUrl: "https://api.groq.com/openai/v1",
    baseUrlVariables: ["GROQ_BASE_URL"],
    keyVariables: ["GROQ_API_KEY"],
    keyHeaders: bearer,
    endpoints: [chatCompletions(), responses()],
    forward: forwards("/audio/speech", "/audio/transcriptions", "/audio/translations", ...filesAndBatches),
    catalogue: [{ id: "groq" }],
    openEnded: false,
    historyReasoning: "omit",
    rules: {
      "openai.chat": [...refuses(groqChat, "logprobs", "logit_bias", "top_logprobs"), ...oneAnswerOnly(groqChat)],
    },
    sources: ["https://console.groq.com/docs/openai", "https://console.groq.com/docs/api-reference"],
    seen,
  },
  together: {
    label: "Together AI",
    baseUrl: "https://api.together.ai/v1",
    baseUrlVariables: ["TOGETHER_BASE_URL"],
    keyVariables: ["TOGETHER_API_KEY"],
    keyHeaders: bearer,
    endpoints: [chatCompletions()],
    embeddings: [openaiEmbeddings()],
    forward: forwards("/images/generations", "/audio/speech", "/audio/transcriptions", "/rerank", ...filesAndBatches),
    catalogue: [{ id: "together" }],
    openEnded: false,
    historyReasoning: "send",
    rules: { "openai.chat": limitIsMaxTokens(together) },
    sources: ["https://docs.together.ai/reference/chat-completions"],
    seen,
  },
  fireworks: {
    label: "Fireworks AI",
    baseUrl: "https://api.fireworks.ai/inference/v1",
    baseUrlVariables: ["FIREWORKS_BASE_URL"],
    keyVariables: ["FIREWORKS_API_KEY"],
    keyHeaders: bearer,
    endpoints: [chatCompletions(), responses(), messages("/messages")],
    embeddings: [openaiEmbeddings()],
    forward: forwards("/rerank"),
    catalogue: [{ id: "fireworks" }],
    openEnded: true,
    historyReasoning: "send",
    sources: [
      "https://docs.fireworks.ai/tools-sdks/openai-compatibility",
      "https://docs.fireworks.ai/guides/reasoning",
    ],
    seen,
  },
  openrouter: {
    label: "OpenRouter",
    baseUrl: "https://openrouter.ai/api/v1",
    baseUrlVariables: ["OPENROUTER_BASE_URL"],
    keyVariables: ["OPENROUTER_API_KEY"],
    keyHeaders: bearer,
    endpoints: [chatCompletions(), responses(), messages("/messages")],
    embeddings: [openaiEmbeddings()],
    catalogue: [{ id: "openrouter" }],
    openEnded: true,
    historyReasoning: "send",
    sources: ["https://openrouter.ai/docs/api-reference/overview"],
    seen,
  },
} as const satisfies Readonly<Record<string, ProviderKind>>;
