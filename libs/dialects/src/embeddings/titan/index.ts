import { create } from "@bufbuild/protobuf";
import { type TokenUsage, TokenUsageSchema } from "@sluice/api/sluice/common/v1/token_usage";
import { decodeError, encodeError } from "../../bedrock-converse/error.ts";
import type { JsonObject, JsonValue } from "../../dialect.ts";
import { isObject, objectOf, uint32Of } from "../../json.ts";
import { isVector } from "../embedding-crossing.ts";
import type { DecodedEmbeddings, EmbeddingDialect } from "../embedding-dialect.ts";
import { factsOf } from "../embedding-facts.ts";
import { vectorOf } from "../vector.ts";
import { decodeRequest } from "./decode-request.ts";
import { encodeRequests } from "./encode-requests.ts";

/** Amazon's Titan embeddings at Bedrock: one vector for each call. */
export const bedrockTitanEmbed: EmbeddingDialect = {
  name: "bedrock.titan_embed",
  operations: [],
  inputTokensHeader: "x-amzn-bedrock-input-token-count",
  readFacts: (body, address) => factsOf(decodeRequest(body, address)),
  decodeRequest,
  encodeRequests,
  rewriteRequest: (bytes) => bytes,
  decodeResponse,
  encodeResponse(response, request) {
    const [first] = response.embeddings;
    const vector = first === undefined ? undefined : vectorOf(first, "float");
    if (vector === undefined || response.embeddings.length !== request.inputs.length) return undefined;
    const count = response.usage?.inputTokens;
    return { embedding: vector, ...(count !== undefined && { inputTextTokenCount: count }) };
  },
  readResponseFacts(body) {
    if (!isObject(body) || readVector(body) === undefined) return undefined;
    return { usage: readUsage(body), responseId: "", responseModel: "" };
  },
  decodeError,
  encodeError,
};

function decodeResponse(body: JsonValue): DecodedEmbeddings {
  const vector = isObject(body) ? readVector(body) : undefined;
  if (!isObject(body) || !isVector(vector)) return { kind: "malformed", message: "the answer has no embedding" };
  return { kind: "response", response: { id: "", model: "", embeddings: [{ float: vector }], usage: readUsage(body) } };
}

function readVector(body: JsonObject): JsonValue | undefined {
  return body["embedding"] ?? objectOf(body["embeddingsByType"])?.["float"];
}

function readUsage(body: JsonObject): TokenUsage | undefined {
  const inputTokens = uint32Of(body["inputTextTokenCount"]);
  return inputTokens === undefined ? undefined : create(TokenUsageSchema, { inputTokens });
}
