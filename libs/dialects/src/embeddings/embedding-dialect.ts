import type { ErrorReason } from "@sluice/api/sluice/common/v1/error_reason";
import type { TokenUsage } from "@sluice/api/sluice/common/v1/token_usage";
import type { ParameterChange } from "@sluice/api/sluice/provider/v1/attempt";
import type { ClientError, JsonObject, JsonValue, Parsed, RequestProblem, UpstreamErrorBody } from "../dialect.ts";
import type { EmbeddingRequest } from "./embedding-request.ts";
import type { EmbeddingResponse } from "./embedding-response.ts";

/** The names by which dialects of embeddings are known in protos, configuration and records. */
export type EmbeddingDialectName =
  | "openai.embeddings"
  | "gemini.embed"
  | "cohere.embed"
  | "bedrock.titan_embed"
  | "bedrock.cohere_embed";

/** What a request's path says of it, in dialects that say it there and not in the body (Gemini, Bedrock). */
export type EmbeddingAddress = { readonly model: string; readonly operation: string };

/** What the router must know of a request to decide about it. */
export type EmbeddingFacts = {
  readonly model: string;
  readonly inputCount: number;
  /** An upper bound of the input tokens: no provider's tokenizer makes more tokens than there are UTF-8 bytes. */
  readonly inputTokensAtMost: number;
  readonly inputModalities: readonly ("text" | "image")[];
  /** The application's id of its own user, where the dialect has a field for it. */
  readonly endUser: string | undefined;
};

export type EncodeEmbeddingOptions = {
  /** The provider's name of the model. */
  readonly model: string;
  /** The form of request that the provider is asked in, where the dialect has several. Empty: the dialect's first. */
  readonly operation: string;
};

/** A request encoded for a provider: the bodies of the calls that it takes, whose answers follow one another; or why it cannot cross. */
export type EncodedEmbeddingRequests =
  | {
      readonly kind: "encoded";
      /** At least one, at most `maxEmbeddingCalls`. */
      readonly bodies: readonly JsonObject[];
      readonly operation: string;
      readonly changes: readonly ParameterChange[];
    }
  | { readonly kind: "refused"; readonly reason: ErrorReason; readonly problem: RequestProblem };

/** The most calls that one request may come to. */
export const maxEmbeddingCalls = 256;

/** A provider's answer, read. `malformed`: not what the dialect says. */
export type DecodedEmbeddings =
  | { readonly kind: "response"; readonly response: EmbeddingResponse }
  | { readonly kind: "malformed"; readonly message: string };

/** What an untouched answer says of itself. */
export type EmbeddingAnswerFacts = {
  readonly usage: TokenUsage | undefined;
  readonly responseId: string;
  readonly responseModel: string;
};

/** One provider's language of embeddings. The same object serves clients at the door and providers behind the adapter. */
export interface EmbeddingDialect {
  readonly name: EmbeddingDialectName;
  /** The operations that the path names, the one preferred first. Empty: the path names none. */
  readonly operations: readonly string[];
  /** The answer's header that counts input tokens, in lower case, where the body does not. Undefined: none. */
  readonly inputTokensHeader: string | undefined;

  /** `address` is read only in dialects that say the model and the operation in the path. */
  readFacts(body: JsonObject, address: EmbeddingAddress): Parsed<EmbeddingFacts>;
  decodeRequest(body: JsonObject, address: EmbeddingAddress): Parsed<EmbeddingRequest>;
  encodeRequests(request: EmbeddingRequest, options: EncodeEmbeddingOptions): EncodedEmbeddingRequests;
  /**
   * The client's own bytes with the provider's name of the model; everything else is byte for byte as it came, and `bytes` itself where
   * nothing must change. The bytes must be JSON that someone has parsed. Throws RangeError where they are no object.
   */
  rewriteRequest(bytes: Uint8Array, model: string): Uint8Array;

  decodeResponse(body: JsonValue): DecodedEmbeddings;
  /**
   * The answer for the client that made `request`, in the form that it asked for; `request` says the model where the provider did not.
   * Undefined where the provider did not give a form that was asked for.
   */
  encodeResponse(response: EmbeddingResponse, request: EmbeddingRequest): JsonObject | undefined;
  /** Undefined where the body is not an answer of the dialect. The vectors are not looked at. */
  readResponseFacts(body: JsonValue): EmbeddingAnswerFacts | undefined;

  /** Reads a provider's error body, whatever it is: an unreadable one gives its own text, cut short, as the message. */
  decodeError(body: Uint8Array): UpstreamErrorBody;
  encodeError(error: ClientError): JsonObject;
}
