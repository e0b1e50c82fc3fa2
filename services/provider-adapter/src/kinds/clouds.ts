import { chatCompletions, filesAndBatches, forwards, messages, openaiEmbeddings, responses } from "./endpoints.ts";
import { keyIn } from "./key-headers.ts";
import { openaiLike } from "./openai-like.ts";
import { limitIsMaxTokens, refuses } from "./parameter-rules.ts";
import type { ProviderKind } from "./provider-kind.ts";

const claude = /claude/i;
const notClaude = /^(?!.*claude)/i;
const vertexModels = "/v1/projects/{project}/locations/{location}/publishers";

/** Clouds that serve the models of many makers, under credentials of their own. */
export const clouds = {
  azure: openaiLike({
    label: "Azure OpenAI and Foundry",
    baseUrl: "https://{resource}.openai.azure.com",
    baseUrlVariables: ["AZURE_OPENAI_ENDPOINT"],
    values: [
      { name: "resource", setting: "azure.resource", variables: ["AZURE_RESOURCE_NAME"] },
      { name: "api_version", setting: "azure.api_version", variables: ["OPENAI_API_VERSION", "AZURE_API_VERSION"] },
    ],
    keyVariables: ["AZURE_OPENAI_API_KEY", "AZURE_API_KEY"],
    presenceVariables: ["AZURE_OPENAI_API_KEY", "AZURE_API_KEY", "AZURE_OPENAI_ENDPOINT", "AZURE_RESOURCE_NAME"],
    keyHeaders: keyIn("api-key"),
    tokens: { source: "azure", apiKey: "instead" },
    // With a version, as it is asked under that version; without, by the API that has none. `{model}` is the deployment's name.
    endpoints: [
      {
        ...chatCompletions("/openai/deployments/{model}/chat/completions?api-version={api_version}"),
        models: notClaude,
      },
      { ...responses("/openai/responses?api-version={api_version}"), models: notClaude },
      { ...chatCompletions("/openai/v1/chat/completions"), models: notClaude },
      { ...responses("/openai/v1/responses"), models: notClaude },
      { ...messages("/anthropic/v1/messages"), models: claude },
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
    catalogue: [
      { id: "azure" },
      { id: "openai", models: /^(?!ft:)/ },
      { id: "anthropic", models: /^claude/ },
      { id: "deepseek", models: /^deepseek/ },
      { id: "x-ai", models: /^grok/ },
      { id: "moonshotai", models: /^kimi/ },
    ],
    // A deployment is called by the name that its owner gave it.
    openEnded: true,
    historyReasoning: "omit",
    sources: [
      "https://learn.microsoft.com/en-us/azure/foundry/openai/api-version-lifecycle",
      "https://learn.microsoft.com/en-us/azure/ai-services/openai/reference",
    ],
  }),
  vertex: openaiLike({
    label: "Google Vertex AI",
    baseUrl: "https://{host}",
    baseUrlVariables: ["GOOGLE_VERTEX_BASE_URL"],
    values: [
      {
        name: "project",
        setting: "google.project",
        variables: ["GOOGLE_CLOUD_PROJECT", "GOOGLE_VERTEX_PROJECT", "ANTHROPIC_VERTEX_PROJECT_ID"],
      },
      {
        name: "location",
        setting: "google.location",
        variables: ["GOOGLE_CLOUD_LOCATION", "GOOGLE_VERTEX_LOCATION", "CLOUD_ML_REGION"],
        fallback: "global",
      },
    ],
    derive: ({ location = "global" }) => ({ host: vertexHost(location) }),
    keyVariables: [],
    keyHeaders: keyIn("x-goog-api-key"),
    presenceVariables: ["GOOGLE_GENAI_USE_VERTEXAI", "GOOGLE_VERTEX_PROJECT", "ANTHROPIC_VERTEX_PROJECT_ID"],
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
        bare: true,
        models: /^(?!claude)[^/]+$/,
      },
    ],
    catalogue: [
      { id: "google", models: /^(gemini|text-embedding|embedding)/ },
      { id: "anthropic", models: /^claude/ },
    ],
    openEnded: true,
    historyReasoning: "send",
    // The Gemini API alone has it, and demands it where Vertex AI does without.
    rules: {
      "gemini.generate": refuses("github.com/vercel/ai/issues/14655, seen 2026-11-22", [
        "toolConfig",
        "includeServerSideToolInvocations",
      ]),
    },
    sources: [
      "https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/inference",
      "https://docs.anthropic.com/en/api/claude-on-vertex-ai",
    ],
  }),
  bedrock: openaiLike({
    label: "Amazon Bedrock",
    baseUrl: "https://bedrock-runtime.{region}.amazonaws.com",
    baseUrlVariables: ["AWS_ENDPOINT_URL_BEDROCK_RUNTIME"],
    values: [{ name: "region", setting: "aws.region", variables: ["AWS_REGION", "AWS_DEFAULT_REGION"] }],
    // Bedrock's own API keys; without one, calls are signed in the name of an AWS identity.
    keyVariables: ["AWS_BEARER_TOKEN_BEDROCK"],
    presenceVariables: [
      "AWS_BEARER_TOKEN_BEDROCK",
      "AWS_ACCESS_KEY_ID",
      "AWS_PROFILE",
      "AWS_WEB_IDENTITY_TOKEN_FILE",
      "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
      "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    ],
    tokens: { source: "aws", apiKey: "instead" },
    endpoints: [
      {
        dialect: "bedrock.converse",
        path: "/model/{model}/converse",
        streamPath: "/model/{model}/converse-stream",
      },
    ],
    embeddings: [
      { dialect: "bedrock.titan_embed", path: "/model/{model}/invoke", models: /titan-embed-(?:text|g1)/ },
      { dialect: "bedrock.cohere_embed", path: "/model/{model}/invoke", models: /cohere\.embed/ },
    ],
    // The list has one entry for all regional profiles of a model; the global ones cost what the model itself does.
    catalogue: [{ id: "aws", rename: { from: /^regional\./, to: "us." }, aliasPrefixes: ["global."] }],
    // Inference profiles and models of one's own are called by their ARN.
    openEnded: true,
    historyReasoning: "send",
    sources: [
      "https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html",
      "https://docs.aws.amazon.com/bedrock/latest/userguide/api-keys-use.html",
    ],
  }),
  databricks: openaiLike({
    label: "Databricks",
    baseUrl: undefined,
    baseUrlVariables: ["DATABRICKS_HOST"],
    keyVariables: ["DATABRICKS_TOKEN"],
    presenceVariables: ["DATABRICKS_TOKEN", "DATABRICKS_CLIENT_ID"],
    tokens: { source: "databricks", apiKey: "instead" },
    endpoints: [
      chatCompletions("/serving-endpoints/chat/completions"),
      { ...messages("/serving-endpoints/anthropic/v1/messages"), models: claude },
    ],
    embeddings: [openaiEmbeddings("/serving-endpoints/embeddings")],
    historyReasoning: "omit",
    rules: {
      "openai.chat": limitIsMaxTokens(
        "docs.databricks.com/en/machine-learning/foundation-models/api-reference, seen 2026-11-22",
      ),
    },
    sources: [
      "https://docs.databricks.com/machine-learning/model-serving/score-model-serving-endpoints",
      "https://docs.databricks.com/dev-tools/auth/oauth-m2m",
    ],
    unchecked: "its Anthropic-compatible endpoint",
  }),
  snowflake: openaiLike({
    label: "Snowflake Cortex",
    baseUrl: "https://{account}.snowflakecomputing.com/api/v2/cortex/v1",
    baseUrlVariables: ["SNOWFLAKE_BASE_URL"],
    values: [{ name: "account", variables: ["SNOWFLAKE_ACCOUNT", "SNOWFLAKE_ACCOUNT_ID"] }],
    keyVariables: ["SNOWFLAKE_CORTEX_PAT", "SNOWFLAKE_PAT"],
    endpoints: [chatCompletions(), { ...messages("/messages"), models: claude }],
    historyReasoning: "omit",
    rules: {
      "openai.chat": refuses(
        "docs.snowflake.com/en/user-guide/snowflake-cortex/cortex-rest-api, seen 2026-11-22",
        "logit_bias",
        "store",
      ),
    },
    sources: ["https://docs.snowflake.com/en/user-guide/snowflake-cortex/cortex-rest-api"],
    unchecked: "which parameters of chat completions it refuses",
  }),
  watsonx: openaiLike({
    label: "IBM watsonx.ai",
    baseUrl: "https://{region}.ml.cloud.ibm.com",
    baseUrlVariables: ["WATSONX_AI_SERVICE_URL", "WATSONX_URL"],
    values: [{ name: "region", variables: ["WATSONX_REGION"], fallback: "us-south" }],
    keyVariables: ["WATSONX_AI_APIKEY", "WATSONX_APIKEY", "WATSONX_API_KEY"],
    tokens: { source: "watsonx", apiKey: "exchanged" },
    endpoints: [chatCompletions("/ml/gateway/v1/chat/completions")],
    embeddings: [openaiEmbeddings("/ml/gateway/v1/embeddings")],
    historyReasoning: "omit",
    sources: [
      "https://www.ibm.com/docs/en/watsonx/saas?topic=generation-inferencing-gateway-models",
      "https://cloud.ibm.com/docs/account?topic=account-iamtoken_from_apikey",
    ],
    unchecked: "the first of its variables for an address",
  }),
  cloudflare: openaiLike({
    label: "Cloudflare Workers AI",
    baseUrl: "https://api.cloudflare.com/client/v4/accounts/{account}/ai/v1",
    baseUrlVariables: [],
    values: [{ name: "account", variables: ["CLOUDFLARE_ACCOUNT_ID", "CF_ACCOUNT_ID"] }],
    keyVariables: ["CLOUDFLARE_API_TOKEN", "CLOUDFLARE_API_KEY", "CF_API_TOKEN"],
    endpoints: [chatCompletions(), { ...responses(), models: /gpt-oss/ }],
    embeddings: [openaiEmbeddings()],
    catalogue: [{ id: "cloudflare" }],
    historyReasoning: "omit",
    sources: ["https://developers.cloudflare.com/workers-ai/configuration/open-ai-compatibility"],
  }),
  github: openaiLike({
    label: "GitHub Models",
    baseUrl: "https://models.github.ai/inference",
    keyVariables: ["GITHUB_MODELS_TOKEN", "GITHUB_TOKEN"],
    embeddings: [openaiEmbeddings()],
    historyReasoning: "omit",
    sources: ["https://docs.github.com/en/rest/models/inference"],
    unchecked: "all but its address: known from memory",
  }),
  scaleway: openaiLike({
    label: "Scaleway Generative APIs",
    baseUrl: "https://api.scaleway.ai/v1",
    keyVariables: ["SCW_SECRET_KEY", "SCALEWAY_API_KEY"],
    endpoints: [chatCompletions(), responses()],
    embeddings: [openaiEmbeddings()],
    forward: forwards("/audio/transcriptions", ...filesAndBatches),
    historyReasoning: "omit",
    sources: [
      "https://www.scaleway.com/en/docs/generative-apis/",
      "https://www.scaleway.com/en/developers/api/generative-apis/",
    ],
    unchecked: "what beside chat completions it serves",
  }),
  ovhcloud: openaiLike({
    label: "OVHcloud AI Endpoints",
    baseUrl: "https://oai.endpoints.kepler.ai.cloud.ovh.net/v1",
    keyVariables: ["OVH_AI_ENDPOINTS_ACCESS_TOKEN", "OVHCLOUD_API_KEY"],
    endpoints: [chatCompletions(), responses()],
    embeddings: [openaiEmbeddings()],
    catalogue: [{ id: "ovhcloud" }],
    historyReasoning: "omit",
    sources: ["https://www.ovhcloud.com/en/public-cloud/ai-endpoints/catalog/gpt-oss-120b/"],
    unchecked: "the first of its variables",
  }),
} as const satisfies Readonly<Record<string, ProviderKind>>;

/** Where a location of Vertex AI is served (cloud.google.com/vertex-ai/docs/reference/rest, seen 2026-11-22). */
export function vertexHost(location: string): string {
  if (location === "global") return "aiplatform.googleapis.com";
  if (location === "eu" || location === "us") return `aiplatform.${location}.rep.googleapis.com`;
  return `${location}-aiplatform.googleapis.com`;
}
