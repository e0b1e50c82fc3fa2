import type { JsonValue } from "../dialect.ts";

/** The dialect's name in protos, configuration and records. */
export const dialectName = "gemini.generate";

/** Whose signatures `thoughtSignature` carries as they are. */
export const ownSigner = "google";

/** A JSON object being written. */
export type Draft = Record<string, JsonValue | undefined>;

// Field names after the types of Google's own SDK (npm `@google/genai` 3.1.0, seen 2026-11-22), in camel case; the snake case of the protos
// is read as well (see camel-case.ts). Whatever is not listed is kept as an extension.

/** Fields of a request that the hub governs. An extension never sets one of them. */
export const requestFields: ReadonlySet<string> = new Set([
  "model",
  "contents",
  "systemInstruction",
  "tools",
  "toolConfig",
  "generationConfig",
  "cachedContent",
  "labels",
  "serviceTier",
]);

export const generationConfigFields: ReadonlySet<string> = new Set([
  "candidateCount",
  "stopSequences",
  "maxOutputTokens",
  "temperature",
  "topP",
  "topK",
  "seed",
  "presencePenalty",
  "frequencyPenalty",
  "responseLogprobs",
  "logprobs",
  "responseModalities",
  "responseMimeType",
  "responseSchema",
  "responseJsonSchema",
  "thinkingConfig",
]);

export const contentFields: ReadonlySet<string> = new Set(["role", "parts"]);

export const functionFields: ReadonlySet<string> = new Set([
  "name",
  "description",
  "parameters",
  "parametersJsonSchema",
]);

export const functionCallFields: ReadonlySet<string> = new Set(["id", "name", "args"]);
export const functionResponseFields: ReadonlySet<string> = new Set(["id", "name", "response", "parts"]);
export const blobFields: ReadonlySet<string> = new Set(["mimeType", "data", "fileUri", "displayName"]);

export const responseFields: ReadonlySet<string> = new Set([
  "candidates",
  "usageMetadata",
  "modelVersion",
  "responseId",
  "createTime",
]);

export const candidateFields: ReadonlySet<string> = new Set(["index", "content", "finishReason", "logprobsResult"]);
