import type { Dialect } from "../dialect.ts";
import { decodeError, encodeError } from "../openai-chat/error.ts";
import { adaptableMembers, adaptRequest } from "./adapt-request.ts";
import { decodeRequest } from "./decode-request.ts";
import { decodeResponse, readResponseFacts } from "./decode-response.ts";
import { createStreamDecoder } from "./decode-stream.ts";
import { encodeRequest } from "./encode-request.ts";
import { encodeResponse } from "./encode-response.ts";
import { createStreamEncoder } from "./encode-stream.ts";
import { encodeStreamError } from "./error.ts";
import { readFacts } from "./facts.ts";
import { rewriteRequest } from "./rewrite-request.ts";
import { createStreamTap } from "./stream-tap.ts";
import { dialectName } from "./wire.ts";

/** OpenAI Responses, for clients at the door and for providers that speak it. Its errors are those of Chat Completions. */
export const openaiResponses: Dialect = {
  name: dialectName,
  framing: "sse",
  readFacts,
  /** Its streams always tell usage. */
  asksForStreamUsage: () => true,
  decodeRequest,
  encodeRequest,
  rewriteRequest,
  adaptableMembers,
  adaptRequest,
  decodeResponse,
  encodeResponse,
  readResponseFacts,
  createStreamDecoder,
  createStreamEncoder,
  createStreamTap,
  decodeError,
  encodeError,
  encodeStreamError,
};
