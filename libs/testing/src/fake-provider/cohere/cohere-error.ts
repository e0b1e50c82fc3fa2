import type { ApiError } from "../api-error.ts";
import type { StatusFault } from "../status-errors.ts";

/** Cohere's errors are a text and a status; `type` never reaches the wire. */
export function cohereError(status: number, message: string): ApiError {
  return { status, type: "cohere_error", message };
}

export function invalidRequest(complaint: string): ApiError {
  return cohereError(400, `invalid request: ${complaint}`);
}

export function unknownCohereModel(name: string): ApiError {
  return cohereError(
    404,
    `model '${name}' not found, make sure the correct model ID was used and that you have access to the model.`,
  );
}

/** A complaint about the first field that the endpoint does not have, or undefined. */
export function unknownField(names: readonly string[], known: readonly string[]): ApiError | undefined {
  const extra = names.find((name) => !known.includes(name));
  return extra === undefined ? undefined : cohereError(422, `unknown field: parameter '${extra}' is not a valid field`);
}

/** How Cohere words each failure (docs.cohere.com/reference/errors, seen 2026-11-22). */
export function cohereStatusError(name: Exclude<StatusFault, "bad-gateway-html">): ApiError {
  switch (name) {
    case "rate-limited":
      return cohereError(
        429,
        "You are using a Trial key, which is limited to 20 API calls / minute. You can continue to use the Trial key for free or upgrade to a Production key with higher rate limits at 'https://dashboard.cohere.com/api-keys'. Contact us on 'https://discord.gg/XW44jPfYJu' or email us at support@cohere.com with any questions",
      );
    case "quota-exceeded":
      return cohereError(
        402,
        "Please add or update your payment method at https://dashboard.cohere.com/billing?tab=payment to continue",
      );
    case "overloaded":
    case "unavailable":
      return cohereError(503, "service unavailable");
    case "server-error":
      return cohereError(500, "internal server error");
    case "gateway-timeout":
      return cohereError(504, "gateway timeout");
    case "unauthorized":
      return cohereError(401, "invalid api token");
    case "forbidden":
      return cohereError(403, "your api token does not have access to this resource");
    case "context-too-long":
      return cohereError(
        400,
        "too many tokens: total number of tokens in the prompt cannot exceed 128000 - received 130007. Try using a shorter prompt, or enabling prompt truncating. See https://docs.cohere.com/reference/about for more details.",
      );
    case "content-refused":
      return cohereError(400, "blocked output: the generated output was blocked by the safety settings");
  }
}
