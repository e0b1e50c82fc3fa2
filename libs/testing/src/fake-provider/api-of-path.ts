import type { FakeApi } from "./script.ts";

/** The API of a method, a path (no query), and whether the anthropic-version header is there. */
export function apiOfPath(method: string, path: string, hasAnthropicVersion: boolean): FakeApi {
  if ((method === "GET" || method === "DELETE") && path.startsWith("/v1/responses/")) {
    return "openai.stored_responses";
  }
  if (method === "GET") {
    const listsModels = path === "/v1/models" || path.startsWith("/v1/models/");
    return listsModels ? (hasAnthropicVersion ? "anthropic.models" : "openai.models") : "other";
  }
  if (method !== "POST") {
    return "other";
  }
  switch (path) {
    case "/v1/chat/completions":
      return "openai.chat";
    case "/v1/responses":
      return "openai.responses";
    case "/v1/embeddings":
      return "openai.embeddings";
    case "/v1/messages":
      return "anthropic.messages";
    case "/v1/messages/count_tokens":
      return "anthropic.count_tokens";
    default:
      return "other";
  }
}

/**
 * The model in paths that name it: Gemini's `/v1beta/models/<model>:<verb>` and Bedrock's `/model/<model>/<verb>`.
 * Undefined for all others.
 */
export function modelOfPath(path: string): string | undefined {
  const match = /\/models\/([^/]+?):[a-zA-Z]+$/.exec(path) ?? /^\/model\/([^/]+)\//.exec(path);
  const name = match?.[1];
  if (name === undefined) {
    return undefined;
  }
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
