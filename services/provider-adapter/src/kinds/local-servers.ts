import type { JsonObject, JsonValue } from "@sluice/dialects";
import { chatCompletions, countsMessages, messages, openaiEmbeddings, responses } from "./endpoints.ts";
import { openaiLike } from "./openai-like.ts";
import { ignores } from "./parameter-rules.ts";
import type { ProviderKind } from "./provider-kind.ts";

/** Servers that one runs oneself. Their addresses are those of a server on the same machine. */
export const localServers = {
  ollama: openaiLike({
    label: "Ollama",
    baseUrl: "http://127.0.0.1:11434",
    baseUrlVariables: ["OLLAMA_HOST"],
    keyVariables: [],
    presenceVariables: ["OLLAMA_HOST"],
    endpoints: [chatCompletions("/v1/chat/completions"), responses("/v1/responses"), messages()],
    embeddings: [openaiEmbeddings("/v1/embeddings")],
    historyReasoning: "send",
    rules: {
      "openai.chat": ignores(
        "docs.ollama.com/openai, seen 2026-11-22",
        "n",
        "logit_bias",
        "user",
        "parallel_tool_calls",
      ),
    },
    local: { port: 11434, path: "/api/version", isThis: (answer) => typeof objectOf(answer)["version"] === "string" },
    sources: ["https://docs.ollama.com/openai", "https://docs.ollama.com/api/anthropic-compatibility"],
  }),
  lmstudio: openaiLike({
    label: "LM Studio",
    baseUrl: "http://127.0.0.1:1234",
    baseUrlVariables: ["LMSTUDIO_BASE_URL"],
    keyVariables: ["LMSTUDIO_API_KEY", "LM_API_TOKEN"],
    presenceVariables: ["LMSTUDIO_BASE_URL"],
    endpoints: [chatCompletions("/v1/chat/completions"), responses("/v1/responses"), messages()],
    embeddings: [openaiEmbeddings("/v1/embeddings")],
    historyReasoning: "omit",
    local: { port: 1234, path: "/api/v0/models", isThis: (answer) => Array.isArray(objectOf(answer)["data"]) },
    sources: [
      "https://lmstudio.ai/docs/developer/openai-compat",
      "https://lmstudio.ai/docs/developer/anthropic-compat",
    ],
  }),
  vllm: openaiLike({
    label: "vLLM",
    baseUrl: "http://127.0.0.1:8000",
    baseUrlVariables: ["VLLM_BASE_URL"],
    keyVariables: ["VLLM_API_KEY"],
    presenceVariables: ["VLLM_BASE_URL"],
    endpoints: [chatCompletions("/v1/chat/completions"), responses("/v1/responses"), messages()],
    embeddings: [openaiEmbeddings("/v1/embeddings"), { dialect: "cohere.embed", path: "/v2/embed" }],
    counting: [countsMessages()],
    forward: [
      { path: "/audio/transcriptions", to: "/v1/audio/transcriptions" },
      { path: "/audio/translations", to: "/v1/audio/translations" },
      { path: "/rerank", to: "/v1/rerank" },
    ],
    historyReasoning: "send",
    rules: { "openai.chat": ignores("docs.vllm.ai/en/v0.32.0/serving/online_serving, seen 2026-11-22", "user") },
    local: { port: 8000, path: "/v1/models", isThis: (answer) => ownerIs(answer, "vllm") },
    sources: ["https://docs.vllm.ai/en/v0.32.0/serving/online_serving/"],
  }),
  llamacpp: openaiLike({
    label: "llama.cpp",
    baseUrl: "http://127.0.0.1:8080",
    baseUrlVariables: ["LLAMACPP_BASE_URL"],
    keyVariables: ["LLAMA_API_KEY"],
    presenceVariables: ["LLAMACPP_BASE_URL"],
    endpoints: [chatCompletions("/v1/chat/completions"), responses("/v1/responses"), messages()],
    embeddings: [openaiEmbeddings("/v1/embeddings")],
    counting: [countsMessages()],
    forward: [{ path: "/rerank", to: "/v1/rerank" }],
    historyReasoning: "send",
    local: {
      port: 8080,
      path: "/v1/models",
      isThis: (answer, headers) => ownerIs(answer, "llamacpp") || headers["server"] === "llama.cpp",
    },
    sources: ["https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md"],
  }),
  sglang: openaiLike({
    label: "SGLang",
    baseUrl: "http://127.0.0.1:30000",
    baseUrlVariables: ["SGLANG_BASE_URL"],
    keyVariables: ["SGLANG_API_KEY"],
    presenceVariables: ["SGLANG_BASE_URL"],
    endpoints: [chatCompletions("/v1/chat/completions"), responses("/v1/responses")],
    embeddings: [openaiEmbeddings("/v1/embeddings")],
    forward: [{ path: "/rerank", to: "/v1/rerank" }],
    historyReasoning: "send",
    local: { port: 30000, path: "/v1/models", isThis: (answer) => ownerIs(answer, "sglang") },
    sources: [
      "https://docs.sglang.io/basic_usage/openai_api.html",
      "https://docs.sglang.io/basic_usage/native_api.html",
    ],
    unchecked: "the variables, which it has none of its own for",
  }),
  tgi: openaiLike({
    label: "Text Generation Inference",
    baseUrl: "http://127.0.0.1:3000",
    baseUrlVariables: ["TGI_BASE_URL"],
    keyVariables: ["TGI_API_KEY"],
    presenceVariables: ["TGI_BASE_URL"],
    endpoints: [chatCompletions("/v1/chat/completions")],
    historyReasoning: "omit",
    local: { port: 3000, path: "/info", isThis: (answer) => typeof objectOf(answer)["model_id"] === "string" },
    sources: ["https://huggingface.co/docs/text-generation-inference/messages_api"],
    unchecked: "the variables, which it has none of its own for",
  }),
} as const satisfies Readonly<Record<string, ProviderKind>>;

function objectOf(value: JsonValue | undefined): JsonObject {
  return value !== null && typeof value === "object" && !Array.isArray(value) ? (value as JsonObject) : {};
}

/** Whether a list of models names its server as their owner. */
function ownerIs(answer: JsonValue, owner: string): boolean {
  const data = objectOf(answer)["data"];
  return Array.isArray(data) && data.some((model: JsonValue) => objectOf(model)["owned_by"] === owner);
}
