import type { CountingEndpoint, EmbeddingEndpoint, Endpoint, ForwardEndpoint } from "./provider-kind.ts";

/** Chat completions, below a base URL that ends in `/v1` or the like. */
export function chatCompletions(path = "/chat/completions"): Endpoint {
  return { dialect: "openai.chat", path };
}

export function responses(path = "/responses"): Endpoint {
  return { dialect: "openai.responses", path };
}

/** The version that a request is sent under when its client named none (docs.anthropic.com/en/api/versioning, seen 2026-11-22). */
const anthropicVersion = "2023-06-01";

export function messages(path = "/v1/messages"): Endpoint {
  return {
    dialect: "anthropic.messages",
    path,
    headers: anthropicHeaders,
  };
}

export function countsMessages(path = "/v1/messages/count_tokens"): CountingEndpoint {
  return { dialect: "anthropic.messages", path, headers: anthropicHeaders };
}

function anthropicHeaders(dialectHeaders: Readonly<Record<string, string>>): readonly string[] {
  const beta = dialectHeaders["anthropic-beta"];
  return [
    "anthropic-version",
    dialectHeaders["anthropic-version"] ?? anthropicVersion,
    ...(beta === undefined ? [] : ["anthropic-beta", beta]),
  ];
}

export function openaiEmbeddings(path = "/embeddings"): EmbeddingEndpoint {
  return { dialect: "openai.embeddings", path };
}

/** Endpoints that the provider has where OpenAI has them. */
export function forwards(...paths: readonly string[]): readonly ForwardEndpoint[] {
  return paths.map((path) => ({ path }));
}

/** Files and batches as OpenAI has them. */
export const filesAndBatches = ["/files", "/files/*", "/batches", "/batches/*"] as const;
/** Speech and transcription as OpenAI has them. */
export const audio = ["/audio/speech", "/audio/transcriptions", "/audio/translations"] as const;
export const images = ["/images/generations", "/images/edits", "/images/variations"] as const;
