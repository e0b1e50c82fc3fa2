import type { Answer } from "./answer.ts";
import { type ApiError, errorAnswer } from "./api-error.ts";
import { familyOf } from "./api-family.ts";
import { bedrockError } from "./bedrock/bedrock-error.ts";
import { cohereStatusError } from "./cohere/cohere-error.ts";
import type { FaultContext } from "./faults.ts";
import { geminiError } from "./gemini/gemini-status-errors.ts";
import { blockedPrompt } from "./gemini/generate-content.ts";

export type StatusFault =
  | "rate-limited"
  | "quota-exceeded"
  | "overloaded"
  | "server-error"
  | "unavailable"
  | "bad-gateway-html"
  | "gateway-timeout"
  | "unauthorized"
  | "forbidden"
  | "context-too-long"
  | "content-refused";

/** The answer of an API that refuses or fails, with its status, body and headers. */
export function statusError(name: StatusFault, context: FaultContext): Answer {
  if (name === "bad-gateway-html") {
    return {
      status: 502,
      headers: { "content-type": "text/html; charset=UTF-8", server: "cloudflare" },
      body: {
        kind: "whole",
        bytes:
          "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>cloudflare</center>\r\n</body>\r\n</html>\r\n",
      },
    };
  }
  if (name === "content-refused" && familyOf(context.api) === "google") {
    return blockedPrompt(context.stream, context.headers);
  }
  const error = errorOf(name, context);
  return errorAnswer(context.api, error, context.requestId, { ...context.headers, ...retryHeaders(name, context) });
}

function errorOf(name: Exclude<StatusFault, "bad-gateway-html">, context: FaultContext): ApiError {
  switch (familyOf(context.api)) {
    case "anthropic":
      return anthropicError(name);
    case "bedrock":
      return bedrockError(name);
    case "cohere":
      return cohereStatusError(name);
    case "google":
      // Filtered prompts are no error there.
      return geminiError(name === "content-refused" ? "forbidden" : name, context.fault.retryAfterSeconds ?? 1);
    default:
      return openaiError(name, context.model);
  }
}

function retryHeaders(name: StatusFault, context: FaultContext): Record<string, string> {
  const headers: Record<string, string> = {};
  const seconds = context.fault.retryAfterSeconds ?? (name === "rate-limited" ? 1 : undefined);
  if (seconds !== undefined) {
    headers["retry-after"] = String(seconds);
  }
  if (name === "rate-limited" && familyOf(context.api) === "anthropic") {
    headers["anthropic-ratelimit-requests-remaining"] = "0";
  }
  if (name === "rate-limited" && familyOf(context.api) === "openai") {
    headers["retry-after-ms"] = String(Math.round((seconds ?? 1) * 1000));
    headers["x-ratelimit-remaining-requests"] = "0";
    headers["x-ratelimit-reset-requests"] = `${seconds}s`;
  }
  return headers;
}

function openaiError(name: Exclude<StatusFault, "bad-gateway-html">, model: string): ApiError {
  switch (name) {
    case "rate-limited":
      return {
        status: 429,
        type: "requests",
        code: "rate_limit_exceeded",
        message: `Rate limit reached for ${model} in organization org-fake on requests per min (RPM): Limit 500, Used 500, Requested 1. Please try again in 1s. Visit https://platform.openai.com/account/rate-limits to learn more.`,
      };
    case "quota-exceeded":
      return {
        status: 429,
        type: "insufficient_quota",
        code: "insufficient_quota",
        message:
          "You exceeded your current quota, please check your plan and billing details. For more information on this error, read the docs: https://platform.openai.com/docs/guides/error-codes/api-errors.",
      };
    case "overloaded":
      return {
        status: 503,
        type: "server_error",
        message:
          "The server is currently overloaded with other requests. Sorry about that! You can retry your request, or contact us through our help center at help.openai.com if the error persists.",
      };
    case "server-error":
      return {
        status: 500,
        type: "server_error",
        message: "The server had an error while processing your request. Sorry about that!",
      };
    case "unavailable":
      return { status: 503, type: "server_error", code: "service_unavailable", message: "Service unavailable." };
    case "gateway-timeout":
      return { status: 504, type: "server_error", message: "Gateway timeout." };
    case "unauthorized":
      return {
        status: 401,
        type: "invalid_request_error",
        code: "invalid_api_key",
        message:
          "Incorrect API key provided: sk-fake***. You can find your API key at https://platform.openai.com/account/api-keys.",
      };
    case "forbidden":
      return {
        status: 403,
        type: "request_forbidden",
        code: "unsupported_country_region_territory",
        message: "Country, region, or territory not supported",
      };
    case "context-too-long":
      return {
        status: 400,
        type: "invalid_request_error",
        code: "context_length_exceeded",
        param: "messages",
        message:
          "This model's maximum context length is 128000 tokens. However, your messages resulted in 130007 tokens. Please reduce the length of the messages.",
      };
    case "content-refused":
      return {
        status: 400,
        type: "invalid_request_error",
        code: "invalid_prompt",
        message:
          "Invalid prompt: your prompt was flagged as potentially violating our usage policy. Please try again with a different prompt: https://platform.openai.com/docs/guides/reasoning#advice-on-prompting",
      };
  }
}

function anthropicError(name: Exclude<StatusFault, "bad-gateway-html">): ApiError {
  switch (name) {
    case "rate-limited":
      return {
        status: 429,
        type: "rate_limit_error",
        message:
          "This request would exceed your organization's rate limit of 50 requests per minute. For details, refer to: https://docs.claude.com/en/api/rate-limits.",
      };
    case "quota-exceeded":
      return {
        status: 400,
        type: "invalid_request_error",
        message:
          "Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits.",
      };
    case "overloaded":
      return { status: 529, type: "overloaded_error", message: "Overloaded" };
    case "server-error":
      return { status: 500, type: "api_error", message: "Internal server error" };
    case "unavailable":
      return { status: 503, type: "api_error", message: "Service unavailable" };
    case "gateway-timeout":
      return { status: 504, type: "timeout_error", message: "Request timed out" };
    case "unauthorized":
      return { status: 401, type: "authentication_error", message: "invalid x-api-key" };
    case "forbidden":
      return {
        status: 403,
        type: "permission_error",
        message: "Your API key does not have permission to use the specified resource.",
      };
    case "context-too-long":
      return {
        status: 400,
        type: "invalid_request_error",
        message: "prompt is too long: 209257 tokens > 200000 maximum",
      };
    case "content-refused":
      return { status: 400, type: "invalid_request_error", message: "Output blocked by content filtering policy" };
  }
}
