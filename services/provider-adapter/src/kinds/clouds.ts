import { chatCompletions, messages, openaiEmbeddings, responses } from "./endpoints.ts";
import { bearer, keyIn } from "./key-headers.ts";
import type { ProviderKind } from "./provider-kind.ts";

const seen = "2026-11-22";

const vertexModels = "/v1/projects/{project}/locations/{location}/publishers";

/** Clouds that serve the models of many makers, under credentials of their own. */
export const clouds = {
  azure: {
    label: "Azure OpenAI and Foundry",
    baseUrl: "https://{resource}.openai.azure.com",
    baseUrlVariables: ["AZURE_OPENAI_ENDPOINT"],
    values: [
      { name: "resource", variables: ["AZURE_RESOURCE_NAME"] },
      { name: "api_version", variables: ["OPENAI_API_VERSION", "AZURE_API_VERSION"] },
    ],
    keyVariables: ["AZURE_OPENAI_API_KEY", "AZURE_API_KEY"],
    presenceVariables: ["AZURE_OPENAI_ENDPOINT", "AZURE_RESOURCE_NAME"],
    keyHeaders: keyIn("api-key"),
    tokens: { source: "azure", apiKey: "instead" },
    // With a version, as it is asked under that version; without, by the API that has none. `{model}` is the deployment's name.
    endpoints: [
      chatCompletions("/openai/deployments/{model}/chat/completions?api-version={api_version}"),
      responses("/openai/responses?api-version={api_version}"),
      chatCompletions("/openai/v1/chat/completions"),
      responses("/openai/v1/responses"),
      { ...messages("/anthropic/v1/messages"), models: /claude/i },
    ],
    embeddings: [
      openaiEmbeddings("/openai/deployments/{model}/embeddings?api-version={api_version}"),
      openaiEmbeddings("/openai/v1/embeddings"),
    ],
    forward: [
      { path: "/images/generations", to: "/openai/v1/images/generations" },
      { path: "/images/edits", to: "/openai/v1/images/edits" },
      { path: "/audio/speech", to: "/openai/v1/audio/speech" },
      { path: "/audio/transcriptions", to: "/openai/v1/audio/transcriptions" },
      { path: "/audio/translations", to: "/openai/v1/audio/translations" },
      { path: "/files", to: "/openai/v1/files" },
      { path: "/files/*", to: "/openai/v1/files/*" },
      { path: "/batches", to: "/openai/v1/batches" },
      { path: "/batches/*", to: "/openai/v1/batches/*" },
    ],
    catalogue: [{ id: "azure" }, { id: "openai" }, { id: "anthropic" }, { id: "deepseek" }, { id: "x-ai" }],
    // A deployment is called by the name that its owner gave it.
    openEnded: true,
    historyReasoning: "omit",
    sources: [
      "https://learn.microsoft.com/en-us/azure/foundry/openai/api-version-lifecycle",
      "https://learn.microsoft.com/en-us/azure/ai-services/openai/reference",
    ],
    seen,
  },
  vertex: {
    label: "Google Vertex AI",
    baseUrl: "https://{host}",
    baseUrlVariables: ["GOOGLE_VERTEX_BASE_URL"],
    values: [
      { name: "project", variables: ["GOOGLE_CLOUD_PROJECT", "GOOGLE_VERTEX_PROJECT", "ANTHROPIC_VERTEX_PROJECT_ID"] },
      {
        name: "location",
        variables: ["GOOGLE_CLOUD_LOCATION", "GOOGLE_VERTEX_LOCATION", "CLOUD_ML_REGION"],
        fallback: "global",
      },
    ],
    derive: ({ location = "global" }) => ({ host: vertexHost(location) }),
    keyVariables: [],
    presenceVariables: ["GOOGLE_GENAI_USE_VERTEXAI", "GOOGLE_VERTEX_PROJECT", "ANTHROPIC_VERTEX_PROJECT_ID"],
    keyHeaders: bearer,
    tokens: { source: "google", apiKey: "instead" },
    endpoints: [
      {
        dialect: "gemini.generate",
        path: `${vertexModels}/google/models/{model}:generateContent`,
        streamPath: `${vertexModels}/google/models/{model}:streamGenerateContent?alt=sse`,
        models: /^(?!claude)[^/]+$/,
      },
      {
        ...messages(`${vertexModels}/anthropic/models/{model}:rawPredict`),
        streamPath: `${vertexModels}/anthropic/models/{model}:streamRawPredict`,
        models: /^claude/,
        frame: { omit: ["model"], add: { anthropic_version: "vertex-2023-10-16" } },
      },
      {
        ...chatCompletions("/v1/projects/{project}/locations/{location}/endpoints/openapi/chat/completions"),
        models: /\//,
      },
    ],
    embeddings: [
      {
        dialect: "gemini.embed",
        path: `${vertexModels}/google/models/{model}:{operation}`,
        operations: ["embedContent"],
      },
    ],
    counting: [
      {
        dialect: "gemini.generate",
        path: `${vertexModels}/google/models/{model}:countTokens`,
        models: /^(?!claude)[^/]+$/,
      },
    ],
    catalogue: [
      { id: "google", models: /^(gemini|text-embedding|embedding)/ },
      { id: "anthropic", models: /^claude/ },
    ],
    openEnded: true,
    historyReasoning: "send",
    sources: [
      "https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/inference",
      "https://docs.anthropic.com/en/api/claude-on-vertex-ai",
    ],
    seen,
  },
} as const satisfies Readonly<Record<string, ProviderKind>>;

/** Where a location of Vertex AI is served (cloud.google.com/vertex-ai/docs/reference/rest, seen 2026-11-22). */
export function vertexHost(location: string): string {
  if (location === "global") return "aiplatform.googleapis.com";
  if (location === "eu" || location === "us") return `aiplatform.${location}.rep.googleapis.com`;
  return `${location}-aiplatform.googleapis.com`;
}
