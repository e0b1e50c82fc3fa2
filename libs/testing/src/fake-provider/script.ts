import type { FaultName } from "./faults.ts";

/**
 * The API an incoming request speaks, told from its path (for models, also from its headers). Anything else is "other":
 * only scripts, recordings and faults answer it.
 */
export type FakeApi =
  | "openai.chat"
  | "openai.responses"
  | "openai.stored_responses"
  | "openai.embeddings"
  | "openai.models"
  | "openai.images"
  | "openai.image_edits"
  | "openai.speech"
  | "openai.transcriptions"
  | "openai.moderations"
  | "openai.rerank"
  | "openai.files"
  | "openai.batches"
  | "anthropic.messages"
  | "anthropic.count_tokens"
  | "anthropic.models"
  | "anthropic.vertex"
  | "gemini.generate"
  | "gemini.count_tokens"
  | "gemini.embed"
  | "gemini.models"
  | "bedrock.converse"
  | "bedrock.invoke"
  | "cohere.chat"
  | "cohere.embed"
  | "cohere.rerank"
  | "other";

/** What a rule applies to. Every field given must match; an empty match is every request. */
export interface RequestMatch {
  readonly model?: string;
  readonly api?: FakeApi;
  readonly stream?: boolean;
  /** The key the client presented: Bearer, x-api-key, x-goog-api-key or ?key=, or the access key id of a signature. */
  readonly apiKey?: string;
  /** A text that must occur in the raw body. */
  readonly bodyContains?: string;
}

export interface ScriptedToolCall {
  readonly name: string;
  /** JSON-able arguments; a string is sent as the raw argument text, valid JSON or not. */
  readonly arguments: unknown;
  readonly id?: string;
}

/** Token counts to report instead of those the counting rule gives. Anthropic excludes both cache counts from input. */
export interface ScriptedUsage {
  readonly inputTokens?: number;
  readonly outputTokens?: number;
  readonly cachedInputTokens?: number;
  readonly cacheWriteInputTokens?: number;
  readonly reasoningTokens?: number;
}

/** What a synthetic answer says. What is left out is made from the request. */
export interface ScriptedReply {
  readonly text?: string;
  /** Answer this many tokens of lorem ipsum (4 characters each). */
  readonly tokens?: number;
  readonly thinking?: string;
  readonly toolCalls?: readonly ScriptedToolCall[];
  readonly finish?: "stop" | "length" | "tool_calls" | "content_filter";
  readonly usage?: ScriptedUsage;
  /** Added to the response headers, replacing those of the same name (lower case). */
  readonly headers?: Readonly<Record<string, string>>;
}

/** A whole answer given literally: the fake adds nothing but framing headers. */
export interface RawReply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as it is; text as UTF-8. */
  readonly body?: string;
  /** Binary bodies, instead of `body`. */
  readonly bodyBase64?: string;
}

/** How the body's bytes are divided into writes. Event by event when absent and a delay is set, else as few writes as possible. */
export type Cuts =
  | { readonly kind: "whole" }
  | { readonly kind: "events" }
  | { readonly kind: "bytes" }
  | { readonly kind: "random"; readonly seed: number; readonly maxBytes?: number };

export interface Pace {
  /** Wait before the response headers. */
  readonly headersDelayMs?: number;
  /** Wait between the headers and the first event. */
  readonly firstEventDelayMs?: number;
  /** Wait between two events (between two writes when cut by bytes or at random). */
  readonly eventDelayMs?: number;
  /** Sets eventDelayMs so that content flows at this rate. */
  readonly tokensPerSecond?: number;
  /** Content tokens in one stream event. Default 4. */
  readonly tokensPerEvent?: number;
  readonly cuts?: Cuts;
}

export interface Fault {
  readonly name: FaultName;
  /** Stream events (for a whole body: halves) sent before the fault strikes. Default 1. */
  readonly afterEvents?: number;
  /** rate-limited, overloaded, unavailable: the retry-after header. Default 1 for rate-limited, none otherwise. */
  readonly retryAfterSeconds?: number;
  /** oversize-event: its size. Default 20 MiB. */
  readonly sizeBytes?: number;
  /** slow-drip: time between two bytes. Default 20. */
  readonly byteDelayMs?: number;
  /** stall-*: give up and close after this long. Default: never (until the client leaves or the fake closes). */
  readonly stallMs?: number;
}

/**
 * One instruction to the fake. Rules are tried in the order they were added; the first that matches, has uses left and
 * (with `probability`) is drawn, decides the request. A request no rule decides gets the behaviour its model name asks
 * for, else the plain synthetic one. Faults that need a stream are passed over for unary requests and the other way round.
 */
export interface ScriptRule {
  readonly match?: RequestMatch;
  /** How many requests the rule decides. Default 1: the next one that matches. */
  readonly times?: number | "always";
  /** 0 to 1; drawn from the fake's seed, so a run repeats exactly. Default 1. */
  readonly probability?: number;
  readonly reply?: ScriptedReply;
  readonly raw?: RawReply;
  /** Id of a recording to serve. */
  readonly replay?: string;
  readonly fault?: Fault | FaultName;
  readonly pace?: Pace;
}

/** What a request is answered with, once rules and model name are read. */
export interface Plan {
  readonly reply?: ScriptedReply;
  readonly raw?: RawReply;
  readonly replay?: string;
  readonly fault?: Fault;
  readonly pace?: Pace;
}
