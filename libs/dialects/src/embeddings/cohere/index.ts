import { decodeError as decodeBedrockError, encodeError as encodeBedrockError } from "../../bedrock-converse/error.ts";
import { decodeError, encodeError } from "../../cohere-chat/error.ts";
import { spliceJson } from "../../splice-json.ts";
import type { EmbeddingDialect } from "../embedding-dialect.ts";
import { factsOf } from "../embedding-facts.ts";
import { decodeRequest } from "./decode-request.ts";
import { encodeRequests } from "./encode-requests.ts";
import { decodeResponse, encodeResponse, readResponseFacts } from "./response.ts";
import { atBedrock, atCohere, type CohereVariant } from "./variant.ts";

function createDialect(variant: CohereVariant) {
  return {
    name: variant.name,
    operations: [],
    readFacts: (body, address) => factsOf(decodeRequest(body, address, variant)),
    decodeRequest: (body, address) => decodeRequest(body, address, variant),
    encodeRequests: (request, options) => encodeRequests(request, options, variant),
    decodeResponse,
    encodeResponse: (response, request) => encodeResponse(response, request, variant),
    readResponseFacts,
  } satisfies Partial<EmbeddingDialect>;
}

/** Cohere's embeddings, version 2 of its API. */
export const cohereEmbed: EmbeddingDialect = {
  ...createDialect(atCohere),
  inputTokensHeader: undefined,
  rewriteRequest: (bytes, model) => spliceJson(bytes, { model: JSON.stringify(model) }),
  decodeError,
  encodeError,
};

/** Cohere's models at Bedrock. The path names the model; tokens are counted in a header alone (vercel/ai#15973, seen 2026-11-22). */
export const bedrockCohereEmbed: EmbeddingDialect = {
  ...createDialect(atBedrock),
  inputTokensHeader: "x-amzn-bedrock-input-token-count",
  rewriteRequest: (bytes) => bytes,
  decodeError: decodeBedrockError,
  encodeError: encodeBedrockError,
};
