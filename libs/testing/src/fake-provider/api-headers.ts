import type { FakeApi } from "./script.ts";

const OPENAI_HEADERS = {
  "openai-organization": "org-fake",
  "openai-processing-ms": "1",
  "openai-version": "2020-10-01",
  "x-ratelimit-limit-requests": "10000",
  "x-ratelimit-limit-tokens": "2000000",
  "x-ratelimit-remaining-requests": "9999",
  "x-ratelimit-remaining-tokens": "1999999",
  "x-ratelimit-reset-requests": "6ms",
  "x-ratelimit-reset-tokens": "0s",
} as const;

const ANTHROPIC_HEADERS = {
  "anthropic-organization-id": "00000000-0000-4000-8000-00000000fake",
  "anthropic-ratelimit-requests-limit": "4000",
  "anthropic-ratelimit-requests-remaining": "3999",
  "anthropic-ratelimit-requests-reset": "2026-01-01T00:00:00Z",
  "anthropic-ratelimit-input-tokens-limit": "2000000",
  "anthropic-ratelimit-input-tokens-remaining": "2000000",
  "anthropic-ratelimit-input-tokens-reset": "2026-01-01T00:00:00Z",
  "anthropic-ratelimit-output-tokens-limit": "400000",
  "anthropic-ratelimit-output-tokens-remaining": "400000",
  "anthropic-ratelimit-output-tokens-reset": "2026-01-01T00:00:00Z",
} as const;

/** The headers each answer of the API carries. Rate limits are constant: nothing is counted against them. */
export function apiHeaders(api: FakeApi, requestId: string): Readonly<Record<string, string>> {
  switch (api) {
    case "anthropic.messages":
    case "anthropic.count_tokens":
    case "anthropic.models":
    case "anthropic.vertex":
      return { "request-id": requestId, ...ANTHROPIC_HEADERS };
    case "gemini.generate":
    case "gemini.count_tokens":
    case "gemini.embed":
    case "gemini.models":
      return { "content-type": "application/json; charset=UTF-8", "x-content-type-options": "nosniff" };
    case "bedrock.converse":
    case "bedrock.invoke":
      return { "x-amzn-requestid": requestId };
    case "cohere.chat":
    case "cohere.embed":
    case "cohere.rerank":
      return { "x-trial-endpoint-call-limit": "20", "x-trial-endpoint-call-remaining": "19" };
    case "other":
      return { "x-request-id": requestId };
    default:
      return { "x-request-id": requestId, ...OPENAI_HEADERS };
  }
}
