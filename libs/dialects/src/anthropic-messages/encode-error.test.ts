import { ErrorReason, ErrorReasonSchema, Fault } from "@sluice/api/sluice/common/v1/error_reason";
import { describe, expect, it } from "vitest";
import type { ClientError } from "../dialect.ts";
import { encodeError, encodeStreamError, readErrorType } from "./encode-error.ts";

const error: ClientError = {
  reason: ErrorReason.BUDGET_EXHAUSTED,
  fault: Fault.CALLER,
  httpStatus: 402,
  message: "budget research-daily exhausted: limit 25.00 USD resets 2026-11-23",
  parameter: "",
  requestId: "req_1",
};

describe("encodeError", () => {
  it("has Anthropic's form", () => {
    expect(encodeError(error)).toEqual({
      type: "error",
      error: { type: "billing_error", message: error.message, reason: "budget_exhausted", fault: "caller" },
      request_id: "req_1",
    });
    expect(encodeError({ ...error, requestId: "" })["request_id"]).toBeNull();
  });

  it("names the parameter in the message, once", () => {
    const invalid = {
      ...error,
      reason: ErrorReason.INVALID_REQUEST,
      httpStatus: 400,
      parameter: "messages[2].content",
    };
    const message = (said: string) => encodeError({ ...invalid, message: said })["error"];
    expect(message("expected text")).toMatchObject({ message: "messages.2.content: expected text" });
    expect(message("messages.2.content: Field required")).toMatchObject({
      message: "messages.2.content: Field required",
    });
  });

  it("is the last event of a stream", () => {
    expect(encodeStreamError(error)).toBe(`event: error\ndata: ${JSON.stringify(encodeError(error))}\n\n`);
  });
});

describe("readErrorType", () => {
  it.each([
    [ErrorReason.INVALID_REQUEST, 400, "invalid_request_error"],
    [ErrorReason.KEY_EXPIRED, 401, "authentication_error"],
    [ErrorReason.BUDGET_EXHAUSTED, 429, "rate_limit_error"],
    [ErrorReason.MODEL_NOT_ALLOWED, 403, "permission_error"],
    [ErrorReason.MODEL_NOT_FOUND, 404, "not_found_error"],
    [ErrorReason.BODY_TOO_LARGE, 413, "request_too_large"],
    [ErrorReason.LIMIT_REACHED, 429, "rate_limit_error"],
    [ErrorReason.UPSTREAM_OVERLOADED, 529, "overloaded_error"],
    [ErrorReason.UPSTREAM_TIMEOUT, 504, "timeout_error"],
    // The gateway's credentials are not the caller's.
    [ErrorReason.UPSTREAM_UNAUTHENTICATED, 502, "api_error"],
    [ErrorReason.UPSTREAM_TRUNCATED, 0, "api_error"],
    [ErrorReason.UNSPECIFIED, 401, "authentication_error"],
    [ErrorReason.UNSPECIFIED, 422, "invalid_request_error"],
    [ErrorReason.UNSPECIFIED, 500, "api_error"],
  ])("reason %s with status %s is %s", (reason, status, type) => {
    expect(readErrorType(reason, status)).toBe(type);
  });

  it("knows a documented type for every reason", () => {
    const documented = [
      "invalid_request_error",
      "authentication_error",
      "billing_error",
      "permission_error",
      "not_found_error",
      "request_too_large",
      "rate_limit_error",
      "timeout_error",
      "api_error",
      "overloaded_error",
    ];
    for (const { number } of ErrorReasonSchema.values)
      expect(documented).toContain(readErrorType(number as ErrorReason, 0));
  });
});
