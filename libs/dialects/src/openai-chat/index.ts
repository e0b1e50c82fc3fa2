import type { Dialect } from "../dialect.ts";
import { adaptableMembers, adaptRequest } from "./adapt-request.ts";
import { decodeRequest } from "./decode-request.ts";
import { decodeResponse, readResponseFacts } from "./decode-response.ts";
import { createStreamDecoder } from "./decode-stream.ts";
import { encodeRequest } from "./encode-request.ts";
import { encodeResponse } from "./encode-response.ts";
import { createStreamEncoder } from "./encode-stream.ts";
import { decodeError, encodeError, encodeStreamError } from "./error.ts";
import { asksForStreamUsage, readFacts } from "./facts.ts";
import { holdsForeignHistory } from "./foreign-history.ts";
import { rewriteRequest } from "./rewrite-request.ts";
import { createStreamTap } from "./stream-tap.ts";
import { dialectName } from "./wire.ts";

/** OpenAI Chat Completions, and what compatible providers make of it. */
export const openaiChat: Dialect = {
  name: dialectName,
  framing: "sse",
  readFacts,
  asksForStreamUsage,
  decodeRequest,
  encodeRequest,
  rewriteRequest,
  holdsForeignHistory,
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
