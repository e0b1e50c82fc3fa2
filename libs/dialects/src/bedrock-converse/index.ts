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
import { createStreamTap } from "./tap.ts";
import { dialectName } from "./wire.ts";

/** Amazon Bedrock's Converse and ConverseStream. The model and the mode stand in the path. */
export const bedrockConverse: Dialect = {
  name: dialectName,
  framing: "aws.event_stream",
  readFacts,
  /** Bedrock's streams always tell usage. */
  asksForStreamUsage: () => true,
  decodeRequest,
  encodeRequest,
  /** The model stands in the path: every byte stays. */
  rewriteRequest: (body) => ({ body, asksForStreamUsage: true }),
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
