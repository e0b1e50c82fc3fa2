import type { ChatRequest } from "@sluice/api/sluice/chat/v1/chat_request";
import type { ParameterMode } from "@sluice/api/sluice/provider/v1/attempt";
import type { DialectName, JsonObject, RequestFacts } from "@sluice/dialects";
import type { Span } from "@sluice/runtime";

/** What the caller asked of the cache: `x-sluice-cache`. */
export type CacheMode = "on" | "off" | "refresh" | "only";

/** A request for an answer of a model, in the client's own bytes. */
export type BodyPayload = {
  readonly kind: "body";
  readonly dialect: DialectName;
  readonly bytes: Uint8Array;
  /** `bytes`, parsed once. */
  readonly json: JsonObject;
  /** Headers that change what the dialect means, such as `anthropic-beta`. */
  readonly headers: Readonly<Record<string, string>>;
};

/** A request for an answer of a model: in the client's own bytes, or in the hub's form. */
export type ChatPayload = BodyPayload | { readonly kind: "chat"; readonly chat: ChatRequest };

/** A request for embeddings, in the client's own bytes. */
export type EmbeddingsPayload = {
  readonly kind: "embeddings";
  readonly dialect: string;
  /** The dialect's operation, where it has more than one. Empty: it has one. */
  readonly operation: string;
  readonly bytes: Uint8Array;
};

/** A request to an endpoint that is not translated. */
export type ForwardPayload = {
  readonly kind: "forward";
  /** As OpenAI names it, below the base URL: `/images/generations`. */
  readonly path: string;
  readonly method: "GET" | "POST" | "DELETE";
  readonly query: string;
  /** The provider that is meant. Empty: it is told by the model. */
  readonly provider: string;
  /** The client's body, naming the model as the provider does. */
  readonly bodyFor: (
    upstreamModel: string | undefined,
  ) => Promise<{ readonly contentType: string; readonly bytes: Uint8Array }>;
  /** What providers do not charge for: it fits into any budget. */
  readonly free: boolean;
};

/** What is sent on. */
export type Payload = ChatPayload | EmbeddingsPayload | ForwardPayload;

/** The payload as the adapter takes it. */
export function wirePayload(payload: ChatPayload) {
  if (payload.kind === "chat") return { case: "chat" as const, value: payload.chat };
  const { dialect, bytes: body, headers } = payload;
  return { case: "body" as const, value: { dialect, body, headers } };
}

/** A request as every door brings it to the flow. */
export type GatewayRequest = {
  readonly requestId: string;
  /** The virtual key's secret. Undefined: none was shown. */
  readonly secret: string | undefined;
  readonly facts: RequestFacts;
  readonly payload: Payload;
  readonly cacheMode: CacheMode;
  readonly tags: Readonly<Record<string, string>>;
  readonly endUser: string;
  readonly parameterMode: ParameterMode;
  /** Whether the exact requests to providers and their answers are to be kept for a while, whatever the key says. */
  readonly captureRaw: boolean;
  readonly trace: Span;
  /** Aborted when the caller leaves. */
  readonly signal: AbortSignal;
  /** Epoch milliseconds. */
  readonly startMs: number;
};

const maxEndUserLength = 512;

/** What is wrong with the name of an end user, which budgets and records must be able to hold. Undefined: nothing. */
export function findEndUserFault(endUser: string): string | undefined {
  if (endUser.length > maxEndUserLength) {
    return `the end user's name has ${endUser.length} characters, expected at most ${maxEndUserLength}`;
  }
  return endUser.includes("\0") ? "the end user's name holds a NUL character" : undefined;
}

/** The dialect's name as records have it. */
export function dialectOf(payload: Payload): string {
  switch (payload.kind) {
    case "chat":
      return "sluice.chat";
    case "forward":
      return "openai";
    default:
      return payload.dialect;
  }
}

/** What is asked of a model: OpenTelemetry's `gen_ai.operation.name` where it has one, else the endpoint's path in dots. */
export function operationOf(payload: Payload): string {
  switch (payload.kind) {
    case "embeddings":
      return "embeddings";
    case "forward":
      return payload.path.slice(1).split("/").slice(0, 2).join(".");
    default:
      return "chat";
  }
}
