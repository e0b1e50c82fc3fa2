import { create } from "@bufbuild/protobuf";
import { type TokenUsage, TokenUsageSchema } from "@sluice/api/sluice/common/v1/token_usage";
import type { JsonObject, JsonValue } from "../../dialect.ts";
import { isArray, isObject, objectOf, stringOf, uint32Of } from "../../json.ts";
import { isVector } from "../embedding-crossing.ts";
import type { DecodedEmbeddings, EmbeddingAnswerFacts } from "../embedding-dialect.ts";
import type { EmbeddingRequest } from "../embedding-request.ts";
import type { Embedding, EmbeddingResponse } from "../embedding-response.ts";
import { vectorOf } from "../vector.ts";

export function decodeResponse(body: JsonValue): DecodedEmbeddings {
  const data = isObject(body) ? body["data"] : undefined;
  if (!isObject(body) || !isArray(data)) return { kind: "malformed", message: "the answer has no array data" };
  const embeddings: Embedding[] = [];
  for (const [position, entry] of data.entries()) {
    const embedding = isObject(entry) ? readEmbedding(entry["embedding"]) : undefined;
    if (!isObject(entry) || embedding === undefined) {
      return { kind: "malformed", message: `data[${position}] has no embedding` };
    }
    // Told by their index, since compatible servers may answer out of order.
    embeddings[uint32Of(entry["index"]) ?? position] = embedding;
  }
  if (Object.keys(embeddings).length !== data.length || embeddings.length !== data.length) {
    return { kind: "malformed", message: "the indexes of data are not those of the inputs" };
  }
  return { kind: "response", response: { id: stringOf(body["id"]) ?? "", ...readHead(body), embeddings } };
}

function readHead(body: JsonObject): { readonly model: string; readonly usage: TokenUsage | undefined } {
  return { model: stringOf(body["model"]) ?? "", usage: readUsage(body["usage"]) };
}

function readEmbedding(value: JsonValue | undefined): Embedding | undefined {
  if (typeof value === "string") return { base64: value };
  return isVector(value) ? { float: value } : undefined;
}

/** Some compatible servers (Mistral, vLLM) count no output here, others 0. */
function readUsage(usage: JsonValue | undefined): TokenUsage | undefined {
  const input = uint32Of(objectOf(usage)?.["prompt_tokens"]) ?? uint32Of(objectOf(usage)?.["total_tokens"]);
  return input === undefined ? undefined : create(TokenUsageSchema, { inputTokens: input });
}

export function readResponseFacts(body: JsonValue): EmbeddingAnswerFacts | undefined {
  if (!isObject(body) || !isArray(body["data"])) return undefined;
  const { model, usage } = readHead(body);
  return { usage, responseId: stringOf(body["id"]) ?? "", responseModel: model };
}

export function encodeResponse(response: EmbeddingResponse, request: EmbeddingRequest): JsonObject | undefined {
  const encoding = request.encodings[0] ?? "float";
  const vectors = response.embeddings.map((embedding) => vectorOf(embedding, encoding));
  if (vectors.includes(undefined)) return undefined;
  const input = response.usage?.inputTokens;
  return {
    object: "list",
    data: vectors.map((embedding, index) => ({ object: "embedding", index, embedding })),
    model: response.model === "" ? request.model : response.model,
    // OpenAI's SDKs read numbers; what is not counted is left out rather than made up.
    ...(input !== undefined && { usage: { prompt_tokens: input, total_tokens: input } }),
  };
}
