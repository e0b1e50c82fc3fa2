import { create } from "@bufbuild/protobuf";
import { type TokenUsage, TokenUsageSchema } from "@sluice/api/sluice/common/v1/token_usage";
import type { JsonObject, JsonValue } from "../../dialect.ts";
import { isArray, isObject, objectOf, uint32Of } from "../../json.ts";
import { isVector } from "../embedding-crossing.ts";
import type { DecodedEmbeddings, EmbeddingAnswerFacts } from "../embedding-dialect.ts";
import type { EmbeddingRequest } from "../embedding-request.ts";
import type { Embedding, EmbeddingResponse } from "../embedding-response.ts";
import { vectorOf } from "../vector.ts";
import { singleOperation } from "./decode-request.ts";

/** `embedding` of embedContent, `embeddings` of a batch. */
export function decodeResponse(body: JsonValue): DecodedEmbeddings {
  const list = isObject(body) ? readList(body) : undefined;
  if (!isObject(body) || list === undefined) return { kind: "malformed", message: "the answer has no embeddings" };
  const embeddings: Embedding[] = [];
  for (const [index, entry] of list.entries()) {
    const values = objectOf(entry)?.["values"];
    if (!isVector(values)) return { kind: "malformed", message: `embedding ${index} has no values` };
    embeddings.push({ float: values });
  }
  return { kind: "response", response: { id: "", model: "", embeddings, usage: readUsage(body) } };
}

function readList(body: JsonObject): readonly JsonValue[] | undefined {
  const list = body["embeddings"];
  if (isArray(list)) return list;
  return isObject(body["embedding"]) ? [body["embedding"]] : undefined;
}

function readUsage(body: JsonObject): TokenUsage | undefined {
  const usage = objectOf(body["usageMetadata"]);
  const input = uint32Of(usage?.["promptTokenCount"]) ?? uint32Of(usage?.["totalTokenCount"]);
  return input === undefined ? undefined : create(TokenUsageSchema, { inputTokens: input });
}

export function readResponseFacts(body: JsonValue): EmbeddingAnswerFacts | undefined {
  if (!isObject(body) || readList(body) === undefined) return undefined;
  return { usage: readUsage(body), responseId: "", responseModel: "" };
}

export function encodeResponse(response: EmbeddingResponse, request: EmbeddingRequest): JsonObject | undefined {
  const vectors = response.embeddings.map((embedding) => vectorOf(embedding, "float"));
  if (vectors.length === 0 || vectors.includes(undefined)) return undefined;
  const entries = vectors.map((values) => ({ values }));
  const input = response.usage?.inputTokens;
  return {
    ...(request.operation === singleOperation ? { embedding: entries[0] } : { embeddings: entries }),
    ...(input !== undefined && { usageMetadata: { promptTokenCount: input } }),
  };
}
