import { anthropicHeaders, bearer, type JsonAnswer, type RawAnswer, type RawRequest, send } from "./_http.ts";
import type { Sluice } from "./_sluice.ts";

/** One way to ask a question over plain HTTP, and what its errors look like. */
export type DoorUnderTest = {
  readonly name: string;
  readonly path: string;
  readonly headers: (secret: string) => Record<string, string>;
  /** A request that is right, but for what `more` makes of it. */
  readonly body: (model: string, more?: Record<string, unknown>) => Record<string, unknown>;
  /** The error's type and message in a body of the right shape; throws where it is of another. */
  readonly readError: (body: JsonAnswer) => { readonly type: string; readonly message: string };
  /** The dialect's word for each status. */
  readonly types: Readonly<Record<number, string>>;
  /** What stands at the end of a stream that ended well, and nowhere else. */
  readonly endOfStream: RegExp;
  /** The JSON of the error that a stream ended with; undefined where it did not. */
  readonly readStreamError: (text: string) => JsonAnswer | undefined;
};

export const openaiDoor: DoorUnderTest = {
  name: "openai",
  path: "/v1/chat/completions",
  headers: bearer,
  body: (model, more = {}) => ({ model, messages: [{ role: "user", content: "Hello" }], ...more }),
  readError({ error }) {
    if (typeof error.message !== "string" || !("param" in error) || !("code" in error)) {
      throw new Error(`not an error of OpenAI's: ${JSON.stringify(error)}`);
    }
    return { type: error.type, message: error.message };
  },
  types: {
    400: "invalid_request_error",
    401: "invalid_request_error",
    403: "invalid_request_error",
    404: "invalid_request_error",
    405: "invalid_request_error",
    413: "invalid_request_error",
    429: "insufficient_quota",
    502: "server_error",
    504: "server_error",
  },
  endOfStream: /\[DONE\]|"finish_reason": ?"/,
  readStreamError(text) {
    const last = lastBlock(text);
    const data = /^data: (\{"error".*)$/s.exec(last)?.[1];
    return data === undefined ? undefined : JSON.parse(data);
  },
};

export const anthropicDoor: DoorUnderTest = {
  name: "anthropic",
  path: "/v1/messages",
  headers: anthropicHeaders,
  body: (model, more = {}) => ({ model, max_tokens: 100, messages: [{ role: "user", content: "Hello" }], ...more }),
  readError({ type, error, request_id }) {
    if (type !== "error" || typeof error.message !== "string" || typeof request_id !== "string") {
      throw new Error(`not an error of Anthropic's: ${JSON.stringify({ type, error, request_id })}`);
    }
    return error;
  },
  types: {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    405: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    502: "api_error",
    504: "timeout_error",
  },
  endOfStream: /message_stop|"stop_reason": ?"/,
  readStreamError(text) {
    const data = /^event: error\ndata: (.*)$/s.exec(lastBlock(text))?.[1];
    return data === undefined ? undefined : JSON.parse(data);
  },
};

/** Not among `doors`: it asks for more than one answer to one question. */
export const responsesDoor: DoorUnderTest = {
  ...openaiDoor,
  name: "openai responses",
  path: "/v1/responses",
  body: (model, more = {}) => ({ model, input: "Hello", store: false, ...more }),
  endOfStream: /response\.(completed|incomplete)\b/,
  readStreamError(text) {
    const data = /^event: (?:error|response\.failed)\ndata: (.*)$/s.exec(lastBlock(text))?.[1];
    return data === undefined ? undefined : JSON.parse(data);
  },
};

export const doors = [openaiDoor, anthropicDoor] as const;

function lastBlock(text: string): string {
  return text.trimEnd().split("\n\n").at(-1) ?? "";
}

export function knock(
  sluice: Pick<Sluice, "url">,
  door: DoorUnderTest,
  secret: string,
  body: unknown,
  more: RawRequest = {},
): Promise<RawAnswer> {
  return send(`${sluice.url}${door.path}`, {
    ...more,
    headers: { ...door.headers(secret), ...more.headers },
    body,
  });
}
