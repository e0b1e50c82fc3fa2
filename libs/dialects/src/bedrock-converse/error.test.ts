import { ErrorReason, Fault } from "@sluice/api/sluice/common/v1/error_reason";
import { describe, expect, test } from "vitest";
import { decodeError, encodeError, encodeStreamError, readErrorBody, readExceptionReason } from "./error.ts";

describe("a provider's error", () => {
  test.each([
    ['{"message":"No."}', { message: "No.", type: "" }],
    ['{"Message":"No."}', { message: "No." }],
    [
      '{"__type":"com.amazon.coral.service#ValidationException:http://internal/","message":"No."}',
      { type: "ValidationException" },
    ],
    ["<html>Bad gateway</html>", { message: "<html>Bad gateway</html>", type: "" }],
    ["", { message: "" }],
  ])("%s", (body, expected) => {
    expect(decodeError(Buffer.from(body))).toMatchObject(expected);
  });

  test("is told in bounds", () => {
    expect(decodeError(Buffer.from("x".repeat(100_000))).message).toHaveLength(2000);
  });
});

test.each([
  ["throttlingException", ErrorReason.UPSTREAM_RATE_LIMITED],
  ["internalServerException", ErrorReason.UPSTREAM_SERVER_ERROR],
  ["modelStreamErrorException", ErrorReason.UPSTREAM_SERVER_ERROR],
  ["validationException", ErrorReason.UPSTREAM_INVALID_REQUEST],
  ["serviceUnavailableException", ErrorReason.UPSTREAM_OVERLOADED],
  ["somethingNewException", ErrorReason.UPSTREAM_SERVER_ERROR],
])("%s in a stream", (name, reason) => {
  expect(readExceptionReason(readErrorBody({ message: "No." }, name))).toBe(reason);
});

test("a request that is too long says so in words alone", () => {
  const error = readErrorBody({ message: "Input is too long for requested model." }, "validationException");
  expect(readExceptionReason(error)).toBe(ErrorReason.UPSTREAM_CONTEXT_LENGTH_EXCEEDED);
});

describe("an error for a client", () => {
  const error = {
    reason: ErrorReason.UPSTREAM_RATE_LIMITED,
    fault: Fault.UPSTREAM,
    message: "Too many.",
    parameter: "",
    httpStatus: 429,
    requestId: "req_1",
  };

  test("is Bedrock's, and says Sluice's reason", () => {
    expect(encodeError(error)).toEqual({
      __type: "ThrottlingException",
      message: "Too many.",
      reason: "upstream_rate_limited",
      fault: "upstream",
    });
  });

  test("in a stream is one of those that streams know", () => {
    expect(encodeStreamError(error)).toMatch(/^event: throttlingException\ndata: \{"__type"/);
    const denied = { ...error, reason: ErrorReason.KEY_EXPIRED, httpStatus: 401 };
    expect(encodeStreamError(denied)).toMatch(/^event: validationException\n/);
  });
});
