import { ErrorReason, ErrorReasonSchema, Fault } from "@sluice/api/sluice/common/v1/error_reason";
import { describe, expect, test } from "vitest";
import { readUpstreamReason } from "../upstream-error-reason.ts";
import { openaiChat } from "./index.ts";

function decode(text: string) {
  return openaiChat.decodeError(Buffer.from(text));
}

describe("decodeError", () => {
  test.each([
    ['{"error":{"message":"m","type":"t","code":"c","param":"p"}}', ["m", "t", "c", "p"]],
    ['{"error":{"message":"m","type":null,"code":429,"param":null}}', ["m", "", "429", ""]],
    ['[{"error":{"code":400,"message":"m","status":"INVALID_ARGUMENT"}}]', ["m", "INVALID_ARGUMENT", "400", ""]],
    ['{"error":"m","code":"c"}', ["m", "", "c", ""]],
    [
      '{"object":"error","message":"m","type":"BadRequestError","param":null,"code":400}',
      ["m", "BadRequestError", "400", ""],
    ],
    ['{"message":"m"}', ["m", "", "", ""]],
    ['{"detail":"Not Found"}', ["Not Found", "", "", ""]],
    ["<html>502</html>", ["<html>502</html>", "", "", ""]],
    ["", ["", "", "", ""]],
    ["null", ["null", "", "", ""]],
  ])("%s", (body, [message, type, code, parameter]) => {
    expect(decode(body)).toEqual({ message, type, code, parameter });
  });

  test("cuts an unreadable body short", () => {
    expect(decode("x".repeat(100_000)).message).toHaveLength(1024);
  });
});

describe("encodeError", () => {
  const error = {
    reason: ErrorReason.BUDGET_EXHAUSTED,
    fault: Fault.CALLER,
    httpStatus: 429,
    message: "budget research-daily exhausted",
    parameter: "",
    requestId: "r-1",
  };

  test("has OpenAI's shape, and says whose fault it is", () => {
    expect(openaiChat.encodeError(error)).toEqual({
      error: {
        message: "budget research-daily exhausted",
        type: "insufficient_quota",
        param: null,
        code: "insufficient_quota",
        reason: "budget_exhausted",
        fault: "caller",
        request_id: "r-1",
      },
    });
    expect(openaiChat.encodeStreamError(error)).toBe(`data: ${JSON.stringify(openaiChat.encodeError(error))}\n\n`);
  });

  test("can be read back, whatever the reason", () => {
    for (const { number } of ErrorReasonSchema.values) {
      const body = openaiChat.encodeError({ ...error, reason: number as ErrorReason, parameter: "messages[0]" });
      expect(decode(JSON.stringify(body))).toMatchObject({ message: error.message, parameter: "messages[0]" });
    }
  });
});

test.each([
  ["rate_limit_exceeded", "", ErrorReason.UPSTREAM_RATE_LIMITED],
  ["", "overloaded_error", ErrorReason.UPSTREAM_OVERLOADED],
  ["context_length_exceeded", "invalid_request_error", ErrorReason.UPSTREAM_CONTEXT_LENGTH_EXCEEDED],
  ["insufficient_quota", "insufficient_quota", ErrorReason.UPSTREAM_QUOTA_EXHAUSTED],
  ["502", "", ErrorReason.UPSTREAM_SERVER_ERROR],
  ["", "", ErrorReason.UPSTREAM_SERVER_ERROR],
])("the reason of code %j, type %j", (code, type, reason) => {
  expect(readUpstreamReason({ code, type, message: "", parameter: "" })).toBe(reason);
});
