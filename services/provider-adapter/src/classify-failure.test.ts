import { ErrorReason } from "@sluice/api/sluice/common/v1/error_reason";
import { geminiGenerate } from "@sluice/dialects";
import { describe, expect, test } from "vitest";
import { classifyErrorAnswer, classifyErrorEvent } from "./classify-failure.ts";

function google(code: number, status: string, message: string, details: readonly object[] = []) {
  return geminiGenerate.decodeError(Buffer.from(JSON.stringify({ error: { code, status, message, details } })));
}

const info = (type: string, more: object) => ({ "@type": `type.googleapis.com/google.rpc.${type}`, ...more });
const quota = "You exceeded your current quota, please check your plan and billing details.";
const wait = info("RetryInfo", { retryDelay: "34.4s" });

describe("what Google answers", () => {
  test.each([
    [
      400,
      "INVALID_ARGUMENT",
      "API key not valid.",
      info("ErrorInfo", { reason: "API_KEY_INVALID" }),
      ErrorReason.UPSTREAM_UNAUTHENTICATED,
    ],
    [
      400,
      "INVALID_ARGUMENT",
      "The input token count (1048577) exceeds the maximum number of tokens allowed (1048576).",
      undefined,
      ErrorReason.UPSTREAM_CONTEXT_LENGTH_EXCEEDED,
    ],
    [400, "INVALID_ARGUMENT", "Unknown name", undefined, ErrorReason.UPSTREAM_INVALID_REQUEST],
    [429, "RESOURCE_EXHAUSTED", quota, undefined, ErrorReason.UPSTREAM_QUOTA_EXHAUSTED],
    [429, "RESOURCE_EXHAUSTED", quota, wait, ErrorReason.UPSTREAM_RATE_LIMITED],
    [503, "UNAVAILABLE", "The model is overloaded.", undefined, ErrorReason.UPSTREAM_OVERLOADED],
  ] as const)("%i %s %s", (code, status, message, detail, reason) => {
    const error = google(code, status, message, detail === undefined ? [] : [detail]);
    const failure = classifyErrorAnswer("gemini", code, {}, error, 0);
    expect(failure.reason).toBe(reason);
    expect(failure.retryAfter?.seconds).toBe(detail === wait ? 34n : undefined);
  });

  test("the wait in a header comes before the one in the body", () => {
    const failure = classifyErrorAnswer("gemini", 429, { "retry-after": "2" }, google(429, "", quota, [wait]), 0);
    expect(failure.retryAfter?.seconds).toBe(2n);
  });

  test("an error within a stream is told by its status, whatever reason its code gives", () => {
    const reason = info("ErrorInfo", { reason: "RATE_LIMIT_EXCEEDED" });
    const failure = classifyErrorEvent("vertex", google(429, "RESOURCE_EXHAUSTED", "Slow down.", [reason, wait]));
    expect(failure).toMatchObject({ reason: ErrorReason.UPSTREAM_RATE_LIMITED, retryAfter: { seconds: 34n } });
  });
});
