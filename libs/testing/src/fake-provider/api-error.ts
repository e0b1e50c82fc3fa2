import { type Answer, jsonAnswer } from "./answer.ts";
import { type ApiFamily, familyOf } from "./api-family.ts";
import type { FakeApi } from "./script.ts";

/**
 * An error as an API words it. `type` is OpenAI's and Anthropic's error type, Google's status, AWS's exception; Cohere
 * has none. `param` and `code` exist in OpenAI's form only, `details` in Google's.
 */
export interface ApiError {
  readonly status: number;
  readonly type: string;
  readonly message: string;
  readonly param?: string;
  readonly code?: string;
  readonly details?: readonly unknown[];
  /** Who says it, where it is not the API itself: what stands before it in the same cloud, or a server like it. */
  readonly saidBy?: ApiFamily | "vllm";
}

/** The body the API puts an error in. */
export function errorBody(api: FakeApi, error: ApiError, requestId: string): unknown {
  switch (error.saidBy ?? familyOf(api)) {
    case "anthropic":
      return { type: "error", error: { type: error.type, message: error.message }, request_id: requestId };
    case "google":
      return {
        error: {
          code: error.status,
          message: error.message,
          status: error.type,
          ...(error.details && { details: error.details }),
        },
      };
    case "bedrock":
      return { message: error.message };
    case "cohere":
      return { id: requestId, message: error.message };
    case "vllm":
      return { object: "error", message: error.message, type: error.type, param: null, code: error.status };
    case "openai":
      return {
        error: { message: error.message, type: error.type, param: error.param ?? null, code: error.code ?? null },
      };
  }
}

export function errorAnswer(
  api: FakeApi,
  error: ApiError,
  requestId: string,
  headers: Readonly<Record<string, string>>,
): Answer {
  // AWS names the exception in a header only. Clients read what stands before the colon.
  const named =
    familyOf(api) === "bedrock"
      ? { "x-amzn-errortype": `${error.type}:http://internal.amazon.com/coral/com.amazon.bedrock/` }
      : {};
  return jsonAnswer(error.status, errorBody(api, error, requestId), { ...headers, ...named });
}
