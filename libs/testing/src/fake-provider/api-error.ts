import { type Answer, jsonAnswer } from "./answer.ts";
import type { FakeApi } from "./script.ts";

/** An error as an API words it. `param` and `code` exist in OpenAI's form only. */
export interface ApiError {
  readonly status: number;
  readonly type: string;
  readonly message: string;
  readonly param?: string;
  readonly code?: string;
}

/** The body the API puts an error in. */
export function errorBody(api: FakeApi, error: ApiError, requestId: string): unknown {
  if (isAnthropic(api)) {
    return { type: "error", error: { type: error.type, message: error.message }, request_id: requestId };
  }
  if (api === "other") {
    return { error: { code: error.status, message: error.message, status: error.type } };
  }
  return {
    error: { message: error.message, type: error.type, param: error.param ?? null, code: error.code ?? null },
  };
}

/** The stream event the API reports an error with once a stream has begun. */
export function errorEvent(api: FakeApi, error: ApiError, requestId: string): string {
  const body = JSON.stringify(errorBody(api, error, requestId));
  return isAnthropic(api) ? `event: error\ndata: ${body}\n\n` : `data: ${body}\n\n`;
}

export function errorAnswer(
  api: FakeApi,
  error: ApiError,
  requestId: string,
  headers: Readonly<Record<string, string>>,
): Answer {
  return jsonAnswer(error.status, errorBody(api, error, requestId), headers);
}

export function isAnthropic(api: FakeApi): boolean {
  return api.startsWith("anthropic.");
}
