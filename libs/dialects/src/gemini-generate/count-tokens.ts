import type { ChatRequest } from "@sluice/api/sluice/chat/v1/chat_request";
import type { EncodedRequest, JsonObject, JsonValue, Parsed } from "../dialect.ts";
import { arrayOf, isObject, uint32Of } from "../json.ts";
import { messageOf } from "./camel-case.ts";
import { decodeRequest } from "./decode-request.ts";
import { encodeRequest } from "./encode-request.ts";
import type { Draft } from "./wire.ts";

// `models/<model>:countTokens`. The Gemini API counts `contents` alone, or all of a `generateContentRequest`; Vertex counts the members of a request
// beside `contents` (https://ai.google.dev/api/tokens and docs.cloud.google.com/vertex-ai/generative-ai/docs/model-reference/count-tokens,
// types of `@google/genai` 3.1.0, seen 2026-11-22).

/** The request whose tokens are to be counted, as it would be sent to be answered. */
function readCountedRequest(body: JsonObject): JsonObject {
  const request = messageOf(body);
  return messageOf(request?.["generateContentRequest"]) ?? body;
}

/** Reads a request for a count, in either of Google's forms. */
export function decodeCountTokensRequest(body: JsonObject, model: string): Parsed<ChatRequest> {
  return decodeRequest(readCountedRequest(body), { model, stream: false });
}

/** Writes a request for a count. What says how to answer is not counted, and left out. */
export function encodeCountTokensRequest(
  request: ChatRequest,
  options: { readonly model: string; readonly form: "gemini" | "vertex" },
): EncodedRequest {
  const encoded = encodeRequest(request, { model: options.model, stream: false, defaultMaxOutputTokens: 0 });
  if (encoded.kind === "refused") return encoded;
  const { contents, systemInstruction, tools, toolConfig, cachedContent, generationConfig } = encoded.body;
  const counted: Draft = {
    contents,
    ...(systemInstruction !== undefined && { systemInstruction }),
    ...(tools !== undefined && { tools }),
  };
  if (options.form === "vertex") {
    if (generationConfig !== undefined) counted["generationConfig"] = generationConfig;
    return { ...encoded, body: counted };
  }
  if (toolConfig !== undefined) counted["toolConfig"] = toolConfig;
  if (cachedContent !== undefined) counted["cachedContent"] = cachedContent;
  const model = options.model.includes("/") ? options.model : `models/${options.model}`;
  return { ...encoded, body: { generateContentRequest: { model, ...counted } } };
}

export type TokenCount = {
  readonly totalTokens: number;
  /** Undefined: not reported. */
  readonly cachedTokens: number | undefined;
};

/** Reads a count. Undefined where it is none. */
export function decodeCountTokensResponse(body: JsonValue): TokenCount | undefined {
  const response = isObject(body) ? messageOf(body) : undefined;
  // Protobuf leaves a zero out.
  const total =
    uint32Of(response?.["totalTokens"]) ?? (arrayOf(response?.["promptTokensDetails"]).length > 0 ? 0 : undefined);
  if (total === undefined) return undefined;
  return { totalTokens: total, cachedTokens: uint32Of(response?.["cachedContentTokenCount"]) };
}

/** Writes a count for a client. */
export function encodeCountTokensResponse({ totalTokens, cachedTokens }: TokenCount): JsonObject {
  return { totalTokens, ...(cachedTokens === undefined ? {} : { cachedContentTokenCount: cachedTokens }) };
}
