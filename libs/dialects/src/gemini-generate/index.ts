import type { Dialect } from "../dialect.ts";
import { adaptableMembers, adaptRequest } from "./adapt-request.ts";
import { decodeRequest } from "./decode-request.ts";
import { decodeResponse, readResponseFacts } from "./decode-response.ts";
import { createStreamDecoder } from "./decode-stream.ts";
import { encodeRequest } from "./encode-request.ts";
import { encodeResponse } from "./encode-response.ts";
import { createStreamEncoder } from "./encode-stream.ts";
import { decodeError, encodeError, encodeStreamError } from "./error.ts";
import { readFacts } from "./facts.ts";
import { createStreamTap } from "./stream-tap.ts";
import { dialectName } from "./wire.ts";

/** Google's generateContent and streamGenerateContent, as the Gemini API and Vertex AI speak it. */
export const geminiGenerate: Dialect = {
  name: dialectName,
  framing: "sse",
  readFacts,
  /** Google's streams always tell usage. */
  asksForStreamUsage: () => true,
  decodeRequest,
  encodeRequest,
  /** The model stands in the path: nothing of the body is to be rewritten. */
  rewriteRequest: (bytes) => ({ body: bytes, asksForStreamUsage: true }),
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
