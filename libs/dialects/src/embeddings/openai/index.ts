import { decodeError, encodeError } from "../../openai-chat/error.ts";
import { spliceJson } from "../../splice-json.ts";
import type { EmbeddingDialect } from "../embedding-dialect.ts";
import { factsOf } from "../embedding-facts.ts";
import { decodeRequest } from "./decode-request.ts";
import { encodeRequests } from "./encode-requests.ts";
import { decodeResponse, encodeResponse, readResponseFacts } from "./response.ts";

/** OpenAI's embeddings, and those of compatible providers. */
export const openaiEmbeddings: EmbeddingDialect = {
  name: "openai.embeddings",
  operations: [],
  inputTokensHeader: undefined,
  readFacts: (body) => factsOf(decodeRequest(body)),
  decodeRequest,
  encodeRequests,
  rewriteRequest: (bytes, model) => spliceJson(bytes, { model: JSON.stringify(model) }),
  decodeResponse,
  encodeResponse,
  readResponseFacts,
  decodeError,
  encodeError,
};
