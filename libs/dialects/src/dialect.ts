import type { ChatRequest } from "@sluice/api/sluice/chat/v1/chat_request";
import type { ChatResponse, Finish } from "@sluice/api/sluice/chat/v1/chat_response";
import type { StreamEvent } from "@sluice/api/sluice/chat/v1/stream_event";
import type { ErrorReason, Fault } from "@sluice/api/sluice/common/v1/error_reason";
import type { TokenUsage } from "@sluice/api/sluice/common/v1/token_usage";
import type { ParameterChange } from "@sluice/api/sluice/provider/v1/attempt";
import type { SseEvent } from "@sluice/sse";

/** A JSON value as `JSON.parse` gives it. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;

/** A JSON object as `JSON.parse` gives it. Never written to: copy what must change. */
export type JsonObject = { readonly [key: string]: JsonValue | undefined };

/** The names by which dialects are known in protos, configuration and records. */
export type DialectName =
  | "openai.chat"
  | "openai.responses"
  | "anthropic.messages"
  | "gemini.generate"
  | "cohere.chat"
  | "bedrock.converse";

/** What a request's path says of it, in dialects that say it there and not in the body (Gemini, Bedrock). */
export type RequestAddress = { readonly model: string; readonly stream: boolean };

/** How a stream's events are told apart on the wire: server-sent events, or the frames of `application/vnd.amazon.eventstream`. */
export type StreamFraming = "sse" | "aws.event_stream";

/** What is wrong with a request, in the words of its dialect. */
export type RequestProblem = {
  /** Lower case, no full stop: what was wrong and what was expected. */
  readonly message: string;
  /** The path of the offending field, such as `messages[2].content`. */
  readonly parameter: string;
};

export type Parsed<T> =
  | { readonly kind: "valid"; readonly value: T }
  | { readonly kind: "invalid"; readonly problem: RequestProblem };

/**
 * What the router must know of a request to decide about it. Read without decoding the whole: this is on the path of every request,
 * so fields beyond these are checked only as far as a wrong type would make these wrong or would surely be refused by any provider.
 */
export type RequestFacts = {
  readonly model: string;
  readonly stream: boolean;
  /** The most output tokens that the client allows for one candidate. Undefined: it did not say. */
  readonly maxOutputTokens: number | undefined;
  /** How many answers are asked for; 1 unless said. */
  readonly candidateCount: number;
  /**
   * An upper bound of the input tokens, cheap to compute: no provider's tokenizer makes more tokens than there are UTF-8 bytes, and a
   * fixed allowance covers the tokens that frame messages and tools. Inline pictures, sounds and documents count by their own allowance.
   */
  readonly inputTokensAtMost: number;
  /** Kinds of input: always `text`, and `image`, `audio`, `document` where present. */
  readonly inputModalities: readonly ("text" | "image" | "audio" | "document")[];
  readonly hasTools: boolean;
  /** The application's id of its own user, where the dialect has a field for it. */
  readonly endUser: string | undefined;
};

/** A request encoded for a provider: the body, and every change made on the way; or why it cannot cross. */
export type EncodedRequest =
  | {
      readonly kind: "encoded";
      readonly body: JsonObject;
      readonly changes: readonly ParameterChange[];
      /** Free-text tools that were sent as functions: the answer is to go through `restoreCustomCalls` with them. */
      readonly customTools?: readonly string[];
    }
  | { readonly kind: "refused"; readonly reason: ErrorReason; readonly problem: RequestProblem };

export type EncodeRequestOptions = {
  /** The provider's name of the model. */
  readonly model: string;
  readonly stream: boolean;
  /** What to send where the dialect requires a limit on output and the request has none. */
  readonly defaultMaxOutputTokens: number;
  /**
   * Whether the provider takes reasoning of earlier turns back: DeepSeek and Moonshot demand it, OpenAI itself refuses the fields that
   * carry it. Default: send. The dialects of one provider alone ignore it.
   */
  readonly historyReasoning?: "send" | "omit" | undefined;
};

/** A change to the body of a request that is otherwise sent as it came. */
export type ParameterEdit = {
  /** Members from the body's root to the one that is changed, such as `["generationConfig", "topK"]`. */
  readonly path: readonly string[];
  readonly action:
    | { readonly kind: "remove" }
    /** The new name of the member, in the same object. */
    | { readonly kind: "rename"; readonly to: string }
    /** Put in place of what is there, or added where nothing is; objects on the way are made. */
    | { readonly kind: "set"; readonly value: JsonValue };
  readonly change: ParameterChange;
};

/** What a request of the provider's own dialect is made fit for. */
export type AdaptRequestOptions = Pick<EncodeRequestOptions, "model" | "defaultMaxOutputTokens">;

/** A response encoded for a client: the body, and what of the hub's form the dialect has no place for. */
export type EncodedResponse = { readonly body: JsonObject; readonly changes: readonly ParameterChange[] };

/** A client's request made fit for a provider of the same dialect. */
export type RewrittenRequest = {
  readonly body: Uint8Array;
  /** Whether the client of a stream asked to be told usage. */
  readonly asksForStreamUsage: boolean;
};

/** A provider's whole answer, read. `malformed`: not what the dialect says. `error`: an error in the guise of a success. */
export type DecodedResponse =
  | { readonly kind: "response"; readonly response: ChatResponse }
  | { readonly kind: "error"; readonly error: UpstreamErrorBody }
  | { readonly kind: "malformed"; readonly message: string };

/** What a provider's error body says, in its own words; classification is the adapter's. Empty: not said. */
export type UpstreamErrorBody = {
  readonly message: string;
  readonly type: string;
  readonly code: string;
  readonly parameter: string;
  /** How long it asks to wait before another try. Undefined: the body does not say. */
  readonly retryAfterMs?: number | undefined;
};

/** An error to be told to a client. */
export type ClientError = {
  readonly reason: ErrorReason;
  readonly fault: Fault;
  readonly httpStatus: number;
  readonly message: string;
  /** The request's field that is to blame. Empty: none. */
  readonly parameter: string;
  readonly requestId: string;
};

/**
 * Turns a provider's stream into the hub's events. Made per request; does no I/O.
 *
 * Holds for every input: each `*_start` has its `*_end`; exactly one of `finish` or `error` comes, last; a malformed event is an error, never
 * skipped; a body that ends without the dialect's finish is the error ERROR_REASON_UPSTREAM_TRUNCATED.
 */
export interface StreamDecoder {
  /** Takes one event, returns what it causes, in order. After `finish` or `error` it returns nothing. */
  push(event: SseEvent): readonly StreamEvent[];
  /** The body ended. Returns what is still owed. */
  end(): readonly StreamEvent[];
}

/**
 * Turns the hub's events into a client's stream: server-sent events as text, also for a dialect that is framed otherwise (whoever serves it
 * frames them). Made per request; does no I/O.
 */
export interface StreamEncoder {
  /** Takes one event, returns the text to send, which may be empty. An `error` event becomes the dialect's own error event. */
  push(event: StreamEvent): string;
  /** What of the hub's form the dialect had no place for, so far. */
  changes(): readonly ParameterChange[];
}

export type StreamDecoderOptions = {
  /** The provider's name of the model, where the dialect's own events do not tell what must be known of it. */
  readonly model?: string;
};

export type EncodeResponseOptions = {
  /** The id to use where the provider gave none. */
  readonly fallbackId: string;
  /** Seconds since 1970, for dialects that date their answers, where the provider gave no date. */
  readonly fallbackCreatedSeconds: number;
  /** The client's own request, for dialects whose answers repeat what was asked for. Undefined: not at hand. */
  readonly requestBody?: JsonObject | undefined;
};

export type StreamEncoderOptions = EncodeResponseOptions & {
  /** Whether the client asked for usage (`stream_options.include_usage`); dialects that always tell it ignore this. */
  readonly includeUsage: boolean;
};

/** What a tap saw of one event that passes by. */
export type Tapped = {
  /** Whether the client is to see the event. False only for the usage event that Sluice asked for and the client did not. */
  readonly forward: boolean;
  /** Characters (UTF-16 units) of text, reasoning and arguments in it. */
  readonly outputCharacters: number;
  /** What the provider has reported so far, where this event changed it. */
  readonly usage: TokenUsage | undefined;
};

/** How a tapped stream ended. */
export type TapEnd =
  | { readonly kind: "finished"; readonly facts: TappedFacts }
  | { readonly kind: "error"; readonly error: UpstreamErrorBody; readonly facts: TappedFacts }
  | { readonly kind: "malformed"; readonly message: string; readonly facts: TappedFacts }
  | { readonly kind: "truncated"; readonly facts: TappedFacts };

export type TappedFacts = {
  readonly usage: TokenUsage | undefined;
  readonly finish: Finish | undefined;
  readonly responseId: string;
  readonly responseModel: string;
};

/** Reads what Sluice must know from a stream that passes through unchanged. Made per request; does no I/O. */
export interface StreamTap {
  /** `bytes`: all of the event as it came, its blank line included. From those `skim` learns. */
  push(event: SseEvent, bytes?: Buffer): Tapped;
  /**
   * The characters of an event that does nothing but add to the answer's text, told from its bytes without reading it: it passes on, and
   * needs no `push`. -1 where it must be pushed. `bytes` begin where an event begins; they are one whole event, or the answer is -1.
   */
  skim(bytes: Buffer): number;
  /** Whether the dialect's end, or an error, has been seen: what follows is not the answer's. */
  readonly ended: boolean;
  end(): TapEnd;
}

/** One provider's language. The same object serves clients at the door and providers behind the adapter. */
export interface Dialect {
  readonly name: DialectName;
  readonly framing: StreamFraming;

  /** `address` is given, and read, only in dialects that say the model and the mode in the path. */
  readFacts(body: JsonObject, address?: RequestAddress): Parsed<RequestFacts>;
  /** Whether the client of a stream asked to be told usage. */
  asksForStreamUsage(body: JsonObject): boolean;

  decodeRequest(body: JsonObject, address?: RequestAddress): Parsed<ChatRequest>;
  encodeRequest(request: ChatRequest, options: EncodeRequestOptions): EncodedRequest;
  /**
   * The client's own bytes, made fit for a provider that speaks the same dialect: the model's name replaced and, in a stream, usage asked
   * for. Everything else is byte for byte as it came; `bytes` itself is returned where nothing must change. The bytes must be JSON that
   * someone has parsed: only what must be found is looked at. Throws RangeError where they are no object.
   */
  rewriteRequest(bytes: Uint8Array, model: string): RewrittenRequest;

  /**
   * Whether a request's bytes may hold, in a form of this dialect's own, what another maker than the model's signed: such a request must not
   * reach the model as it is. Absent where the dialect has no form but the envelope (`holdsForeignSignature`).
   */
  holdsForeignHistory?(body: Uint8Array, model: string): boolean;

  /** The members of a request's body that `adaptRequest` looks at. */
  readonly adaptableMembers: readonly string[];
  /**
   * What must change in a request of this very dialect so that the model takes it. `members` holds at least the body's `adaptableMembers`.
   * The same knowledge of models as in `encodeRequest`, for requests that are not decoded.
   */
  adaptRequest(members: JsonObject, options: AdaptRequestOptions): readonly ParameterEdit[];

  decodeResponse(body: JsonValue): DecodedResponse;
  encodeResponse(response: ChatResponse, options: EncodeResponseOptions): EncodedResponse;
  /** What an untouched whole answer says of itself. Undefined where it is not an answer of the dialect. */
  readResponseFacts(body: JsonValue): (TappedFacts & { readonly outputCharacters: number }) | undefined;

  createStreamDecoder(options?: StreamDecoderOptions): StreamDecoder;
  createStreamEncoder(options: StreamEncoderOptions): StreamEncoder;
  createStreamTap(options: { readonly hideUsageEvent: boolean }): StreamTap;

  /** Reads a provider's error body, whatever it is: an unreadable one gives its own text, cut short, as the message. */
  decodeError(body: Uint8Array): UpstreamErrorBody;
  encodeError(error: ClientError): JsonObject;
  /** The error as the stream's last event. */
  encodeStreamError(error: ClientError): string;
}
