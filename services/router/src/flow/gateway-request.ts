import type { ChatRequest } from "@sluice/api/sluice/chat/v1/chat_request";
import type { ParameterMode } from "@sluice/api/sluice/provider/v1/attempt";
import type { DialectName, JsonObject, RequestFacts } from "@sluice/dialects";
import type { Span } from "@sluice/runtime";

/** What the caller asked of the cache: `x-sluice-cache`. */
export type CacheMode = "on" | "off" | "refresh" | "only";

/** What is sent on: the client's own bytes in their dialect, or the hub's form. */
export type Payload =
  | {
      readonly kind: "body";
      readonly dialect: DialectName;
      readonly bytes: Uint8Array;
      /** `bytes`, parsed once. */
      readonly json: JsonObject;
      /** Headers that change what the dialect means, such as `anthropic-beta`. */
      readonly headers: Readonly<Record<string, string>>;
    }
  | { readonly kind: "chat"; readonly chat: ChatRequest };

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
  return payload.kind === "body" ? payload.dialect : "sluice.chat";
}
