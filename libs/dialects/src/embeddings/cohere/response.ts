import { create } from "@bufbuild/protobuf";
import { type TokenUsage, TokenUsageSchema } from "@sluice/api/sluice/common/v1/token_usage";
import type { JsonObject, JsonValue } from "../../dialect.ts";
import { isArray, isObject, objectOf, stringOf, uint32Of } from "../../json.ts";
import { isVector } from "../embedding-crossing.ts";
import type { DecodedEmbeddings, EmbeddingAnswerFacts } from "../embedding-dialect.ts";
import type { EmbeddingEncoding, EmbeddingRequest } from "../embedding-request.ts";
import type { Embedding, EmbeddingResponse } from "../embedding-response.ts";
import { vectorOf } from "../vector.ts";
import type { CohereVariant } from "./variant.ts";

const encodings: readonly EmbeddingEncoding[] = ["float", "int8", "uint8", "binary", "ubinary", "base64"];

/** `embeddings` by type; or a bare list of floats, where no types were asked for. */
export function decodeResponse(body: JsonValue): DecodedEmbeddings {
  if (!isObject(body)) return { kind: "malformed", message: "the answer is not a JSON object" };
  const given = body["embeddings"];
  const byType = isArray(given) ? { float: given } : objectOf(given);
  const lists = encodings.flatMap((encoding) => {
    const list = byType?.[encoding];
    return isArray(list) ? [[encoding, list] as const] : [];
  });
  const count = lists[0]?.[1].length;
  if (count === undefined) return { kind: "malformed", message: "the answer has no embeddings" };
  const embeddings: Embedding[] = [];
  for (let index = 0; index < count; index += 1) {
    const entries = lists.map(([encoding, list]) => [encoding, list[index]] as const);
    if (
      !entries.every(([encoding, vector]) => (encoding === "base64" ? typeof vector === "string" : isVector(vector)))
    ) {
      return { kind: "malformed", message: `embedding ${index} is not a vector in each of its types` };
    }
    embeddings.push(Object.fromEntries(entries) as Embedding);
  }
  return {
    kind: "response",
    response: { id: stringOf(body["id"]) ?? "", model: "", embeddings, usage: readUsage(body) },
  };
}

/** Tokens of pictures are counted apart. */
function readUsage(body: JsonObject): TokenUsage | undefined {
  const meta = objectOf(body["meta"]);
  const billed = objectOf(meta?.["billed_units"]);
  const images = uint32Of(billed?.["image_tokens"]);
  const texts = uint32Of(objectOf(meta?.["tokens"])?.["input_tokens"]) ?? uint32Of(billed?.["input_tokens"]);
  if (texts === undefined && images === undefined) return undefined;
  return create(TokenUsageSchema, {
    inputTokens: (texts ?? 0) + (images ?? 0),
    ...(images !== undefined && { imageInputTokens: images }),
  });
}

export function readResponseFacts(body: JsonValue): EmbeddingAnswerFacts | undefined {
  if (!isObject(body) || (!isArray(body["embeddings"]) && !isObject(body["embeddings"]))) return undefined;
  return { usage: readUsage(body), responseId: stringOf(body["id"]) ?? "", responseModel: "" };
}

export function encodeResponse(
  response: EmbeddingResponse,
  request: EmbeddingRequest,
  variant: CohereVariant,
): JsonObject | undefined {
  const bare = request.encodings.length === 0 && !variant.namesModel;
  const wanted = request.encodings.length === 0 ? (["float"] as const) : request.encodings;
  const byType: Record<string, JsonValue> = {};
  for (const encoding of wanted) {
    const vectors = response.embeddings.map((embedding) => vectorOf(embedding, encoding));
    if (vectors.includes(undefined)) return undefined;
    byType[encoding] = vectors as JsonValue;
  }
  const texts = request.inputs.flatMap(({ content }) => (content.kind === "text" ? [content.text] : []));
  const images = response.usage?.imageInputTokens;
  const input = response.usage?.inputTokens;
  return {
    id: response.id,
    response_type: bare ? "embeddings_floats" : "embeddings_by_type",
    embeddings: bare ? (byType["float"] ?? []) : byType,
    ...(texts.length > 0 && { texts }),
    ...(variant.namesModel && {
      meta: {
        api_version: { version: "2" },
        ...(input !== undefined && {
          billed_units: {
            input_tokens: input - (images ?? 0),
            ...(images !== undefined && { image_tokens: images }),
          },
        }),
      },
    }),
  };
}
