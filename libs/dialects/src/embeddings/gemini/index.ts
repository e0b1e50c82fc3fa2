import { decodeError, encodeError } from "../../gemini-generate/error.ts";
import type { EmbeddingDialect } from "../embedding-dialect.ts";
import { factsOf } from "../embedding-facts.ts";
import { batchOperation, decodeRequest, readRequest, singleOperation } from "./decode-request.ts";
import { encodeRequests } from "./encode-requests.ts";
import { decodeResponse, encodeResponse, readResponseFacts } from "./response.ts";
import { rewriteRequest } from "./rewrite-request.ts";

/** Gemini's `embedContent` and `batchEmbedContents`. */
export const geminiEmbed: EmbeddingDialect = {
  name: "gemini.embed",
  operations: [batchOperation, singleOperation],
  inputTokensHeader: undefined,
  readFacts: (body, address) => factsOf(readRequest(body, address)),
  decodeRequest,
  encodeRequests,
  rewriteRequest,
  decodeResponse,
  encodeResponse,
  readResponseFacts,
  decodeError,
  encodeError,
};
