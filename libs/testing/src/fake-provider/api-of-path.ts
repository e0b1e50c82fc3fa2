import type { IncomingHttpHeaders } from "node:http";
import type { FakeApi } from "./script.ts";

/** The API of a method, a path (no query), and the headers in which the lists of models differ. */
export function apiOfPath(method: string, path: string, headers: IncomingHttpHeaders): FakeApi {
  if ((method === "GET" || method === "DELETE") && path.startsWith("/v1/responses/")) {
    return "openai.stored_responses";
  }
  const resource = /^\/v1\/(files|batches)(\/|$)/.exec(path)?.[1];
  if (resource !== undefined) {
    return resource === "files" ? "openai.files" : "openai.batches";
  }
  if (method === "GET" && /^\/v1beta\/models(\/[^/]+)?$/.test(path)) {
    return "gemini.models";
  }
  if (method === "GET") {
    return path === "/v1/models" || path.startsWith("/v1/models/") ? apiOfModels(headers) : "other";
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
    case "/v1/images/generations":
      return "openai.images";
    case "/v1/images/edits":
      return "openai.image_edits";
    case "/v1/audio/speech":
      return "openai.speech";
    case "/v1/audio/transcriptions":
    case "/v1/audio/translations":
      return "openai.transcriptions";
    case "/v1/moderations":
      return "openai.moderations";
    case "/v1/rerank":
      return "openai.rerank";
    case "/v2/chat":
      return "cohere.chat";
    case "/v2/embed":
      return "cohere.embed";
    case "/v2/rerank":
      return "cohere.rerank";
    default:
      return apiOfBedrock(path) ?? apiOfVerb(path);
  }
}

/** Three APIs list their models at the same place. */
function apiOfModels(headers: IncomingHttpHeaders): FakeApi {
  if (headers["anthropic-version"] !== undefined) {
    return "anthropic.models";
  }
  return headers["x-goog-api-key"] === undefined ? "openai.models" : "gemini.models";
}

/** The API of Bedrock's paths, which name the model too. */
function apiOfBedrock(path: string): FakeApi | undefined {
  switch (/^\/model\/[^/]+\/([a-z-]+)$/.exec(path)?.[1]) {
    case "converse":
    case "converse-stream":
      return "bedrock.converse";
    case "invoke":
      return "bedrock.invoke";
    default:
      return undefined;
  }
}

/** The API of Google's paths, which name the model and then what to do with it. */
function apiOfVerb(path: string): FakeApi {
  const match = GOOGLE_PATH.exec(path);
  if (match === null) {
    return "other";
  }
  const anthropic = match[1] === "anthropic";
  switch (match[2]) {
    case "rawPredict":
    case "streamRawPredict":
      return anthropic ? "anthropic.vertex" : "other";
    case "generateContent":
    case "streamGenerateContent":
      return "gemini.generate";
    case "countTokens":
      return "gemini.count_tokens";
    case "embedContent":
    case "batchEmbedContents":
    case "predict":
      return "gemini.embed";
    default:
      return "other";
  }
}

/** The Gemini API's `/v1beta/models/<model>:<verb>` and Vertex's, below a project and a publisher. */
const GOOGLE_PATH =
  /^\/v1(?:alpha|beta1?)?\/(?:projects\/[^/]+\/locations\/[^/]+\/)?(?:publishers\/([^/]+)\/)?models\/[^/]+:([a-zA-Z]+)$/;

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
