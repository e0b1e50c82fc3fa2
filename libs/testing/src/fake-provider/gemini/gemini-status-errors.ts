import type { ApiError } from "../api-error.ts";
import type { StatusFault } from "../status-errors.ts";

/** How Google words each failure (ai.google.dev/gemini-api/docs/troubleshooting, seen 2026-11-22). */
export function geminiError(
  name: Exclude<StatusFault, "bad-gateway-html" | "content-refused">,
  retryAfterSeconds: number,
): ApiError {
  switch (name) {
    case "rate-limited":
    case "quota-exceeded":
      return {
        status: 429,
        type: "RESOURCE_EXHAUSTED",
        message: `You exceeded your current quota, please check your plan and billing details. For more information on this error, head to: https://ai.google.dev/gemini-api/docs/rate-limits.\nPlease retry in ${retryAfterSeconds}s.`,
        details: [
          {
            "@type": "type.googleapis.com/google.rpc.QuotaFailure",
            violations: [
              {
                quotaMetric: "generativelanguage.googleapis.com/generate_content_requests",
                quotaId:
                  name === "rate-limited" ? "GenerateRequestsPerMinutePerProject" : "GenerateRequestsPerDayPerProject",
              },
            ],
          },
          ...(name === "rate-limited"
            ? [{ "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: `${retryAfterSeconds}s` }]
            : []),
        ],
      };
    case "overloaded":
      return { status: 503, type: "UNAVAILABLE", message: "The model is overloaded. Please try again later." };
    case "server-error":
      return {
        status: 500,
        type: "INTERNAL",
        message:
          "An internal error has occurred. Please retry or report in https://developers.generativeai.google/guide/troubleshooting",
      };
    case "unavailable":
      return { status: 503, type: "UNAVAILABLE", message: "The service is currently unavailable." };
    case "gateway-timeout":
      return {
        status: 504,
        type: "DEADLINE_EXCEEDED",
        message: "Deadline expired before operation could complete.",
      };
    case "unauthorized":
      return invalidApiKey();
    case "forbidden":
      return {
        status: 403,
        type: "PERMISSION_DENIED",
        message: "Your API key was reported as leaked. Please use another API key.",
      };
    case "context-too-long":
      return {
        status: 400,
        type: "INVALID_ARGUMENT",
        message: "The input token count (1048579) exceeds the maximum number of tokens allowed (1048576).",
      };
  }
}

export function invalidApiKey(): ApiError {
  return {
    saidBy: "google",
    status: 400,
    type: "INVALID_ARGUMENT",
    message: "API key not valid. Please pass a valid API key.",
    details: [
      {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        reason: "API_KEY_INVALID",
        domain: "googleapis.com",
        metadata: { service: "generativelanguage.googleapis.com" },
      },
    ],
  };
}

export function missingIdentity(): ApiError {
  return {
    saidBy: "google",
    status: 403,
    type: "PERMISSION_DENIED",
    message:
      "Method doesn't allow unregistered callers (callers without established identity). Please use API Key or other form of API consumer identity to call this API.",
  };
}

/** What a wrong or missing access token gets. */
export function invalidToken(): ApiError {
  return {
    saidBy: "google",
    status: 401,
    type: "UNAUTHENTICATED",
    message:
      "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.",
    details: [
      {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        reason: "ACCESS_TOKEN_TYPE_UNSUPPORTED",
        domain: "googleapis.com",
        metadata: { service: "aiplatform.googleapis.com" },
      },
    ],
  };
}
