import type { Dialect } from "../dialect.ts";
import { adaptableMembers, adaptRequest } from "./adapt-request.ts";
import { decodeError } from "./decode-error.ts";
import { decodeRequest } from "./decode-request.ts";
import { decodeResponse, readResponseFacts } from "./decode-response.ts";
import { createStreamDecoder } from "./decode-stream.ts";
import { encodeError, encodeStreamError } from "./encode-error.ts";
import { encodeRequest } from "./encode-request.ts";
import { encodeResponse } from "./encode-response.ts";
import { createStreamEncoder } from "./encode-stream.ts";
import { readFacts } from "./facts.ts";
import { rewriteRequest } from "./rewrite-request.ts";
import { createStreamTap } from "./tap.ts";
import { dialectName } from "./wire.ts";

/** Anthropic's Messages API, for clients at the door and for providers that speak it. */
export const anthropicMessages: Dialect = {
  name: dialectName,
  framing: "sse",
  readFacts,
  /** Anthropic's streams always tell usage. */
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
