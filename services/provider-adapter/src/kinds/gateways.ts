import { chatCompletions, forwards, messages, openaiEmbeddings, responses } from "./endpoints.ts";
import { openaiLike } from "./openai-like.ts";
import { limitIsMaxTokens } from "./parameter-rules.ts";
import type { ProviderKind } from "./provider-kind.ts";

/** Those who pass requests on to others. */
export const gateways = {
  openrouter: openaiLike({
    label: "OpenRouter",
    baseUrl: "https://openrouter.ai/api/v1",
    baseUrlVariables: ["OPENROUTER_BASE_URL"],
    keyVariables: ["OPENROUTER_API_KEY"],
    endpoints: [chatCompletions(), responses(), messages("/messages")],
    embeddings: [openaiEmbeddings()],
    catalogue: [{ id: "openrouter" }],
    historyReasoning: "send",
    sources: [
      "https://openrouter.ai/docs/api-reference/overview",
      "https://www.developersdigest.tech/reference/api-compatibility/openrouter",
    ],
  }),
  vercel: openaiLike({
    label: "Vercel AI Gateway",
    baseUrl: "https://ai-gateway.vercel.sh/v1",
    keyVariables: ["AI_GATEWAY_API_KEY", "VERCEL_OIDC_TOKEN"],
    endpoints: [chatCompletions(), responses(), messages("/messages")],
    embeddings: [openaiEmbeddings()],
    historyReasoning: "send",
    sources: ["https://vercel.com/docs/ai-gateway/sdks-and-apis/openai-chat-completions/advanced"],
    unchecked: "its endpoints for messages, responses and embeddings",
  }),
  huggingface: openaiLike({
    label: "Hugging Face Inference Providers",
    baseUrl: "https://router.huggingface.co/v1",
    keyVariables: ["HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HUGGINGFACE_API_KEY"],
    endpoints: [chatCompletions(), responses()],
    catalogue: [
      { id: "huggingface_novita", suffix: ":novita" },
      { id: "huggingface_nebius", suffix: ":nebius" },
      { id: "huggingface_together", suffix: ":together" },
      { id: "huggingface_nscale", suffix: ":nscale" },
      { id: "huggingface_hyperbolic", suffix: ":hyperbolic" },
      { id: "huggingface_sambanova", suffix: ":sambanova" },
      { id: "huggingface_publicai", suffix: ":publicai" },
      { id: "huggingface_ovhcloud", suffix: ":ovhcloud" },
      { id: "huggingface_groq", suffix: ":groq" },
      { id: "huggingface_fireworks-ai", suffix: ":fireworks-ai" },
      { id: "huggingface_cerebras", suffix: ":cerebras" },
    ],
    historyReasoning: "omit",
    sources: [
      "https://huggingface.co/docs/inference-providers/tasks/chat-completion",
      "https://huggingface.co/docs/inference-providers/guides/responses-api",
    ],
    unchecked: "whether a provider's name at the end of a model's is taken by all of its endpoints",
  }),
  poe: openaiLike({
    label: "Poe",
    baseUrl: "https://api.poe.com/v1",
    keyVariables: ["POE_API_KEY"],
    historyReasoning: "omit",
    rules: {
      "openai.chat": limitIsMaxTokens(
        "creator.poe.com/docs/external-applications/openai-compatible-api, seen 2026-11-22",
      ),
    },
    sources: ["https://creator.poe.com/docs/external-applications/openai-compatible-api"],
    unchecked: "what beside chat completions it serves",
  }),
  nanogpt: openaiLike({
    label: "NanoGPT",
    baseUrl: "https://nano-gpt.com/api/v1",
    keyVariables: ["NANOGPT_API_KEY"],
    embeddings: [openaiEmbeddings()],
    forward: forwards("/images/generations", "/audio/speech"),
    historyReasoning: "omit",
    rules: {
      "openai.chat": limitIsMaxTokens("docs.nano-gpt.com/api-reference/endpoint/chat-completion, seen 2026-11-22"),
    },
    sources: ["https://docs.nano-gpt.com/api-reference/endpoint/chat-completion"],
    unchecked: "what beside chat completions it serves",
  }),
} as const satisfies Readonly<Record<string, ProviderKind>>;
