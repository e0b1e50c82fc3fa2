import { ErrorReason, Fault } from "@sluice/api/sluice/common/v1/error_reason";
import { describe, expect, test } from "vitest";
import type { ClientError, JsonValue } from "../dialect.ts";
import { readUpstreamReason } from "../upstream-error-reason.ts";
import { decodeError, encodeError, encodeStreamError } from "./error.ts";

function decode(value: JsonValue) {
  return decodeError(Buffer.from(JSON.stringify(value)));
}

const badRequest = "type.googleapis.com/google.rpc.BadRequest";

describe("reading", () => {
  test("a status", () => {
    const error = { code: 404, message: "models/x is not found", status: "NOT_FOUND" };
    const read = { message: "models/x is not found", type: "NOT_FOUND", code: "404", parameter: "" };
    expect(decode({ error })).toEqual(read);
    expect(decode([{ error }])).toEqual(read);
  });

  test("the reason of its details is its code, and names whose fault it is", () => {
    const details = [{ "@type": "type.googleapis.com/google.rpc.ErrorInfo", reason: "API_KEY_INVALID" }];
    const error = decode({ error: { code: 400, message: "API key not valid.", status: "INVALID_ARGUMENT", details } });
    expect(error.code).toBe("API_KEY_INVALID");
    expect(readUpstreamReason(error)).toBe(ErrorReason.UPSTREAM_UNAUTHENTICATED);
  });

  test.each([
    [{ field: "generation_config.temperature", description: "out of range" }, "", "generation_config.temperature"],
    [
      {
        field: "generation_config",
        description: `Invalid JSON payload received. Unknown name "topZ" at 'generation_config': Cannot find field.`,
      },
      "",
      "generation_config.topZ",
    ],
    [{ description: `Invalid JSON payload received. Unknown name "store": Cannot find field.` }, "", "store"],
    [
      undefined,
      `Invalid JSON payload received. Unknown name "id" at 'contents[1].parts[0].function_call': Cannot find field.`,
      "contents[1].parts[0].function_call.id",
    ],
    [undefined, "Thinking level MINIMAL is not supported for this model.", ""],
  ])("the field to blame: %j %s", (violation, message, parameter) => {
    const details = violation === undefined ? [] : [{ "@type": badRequest, fieldViolations: [violation] }];
    expect(decode({ error: { code: 400, message, status: "INVALID_ARGUMENT", details } }).parameter).toBe(parameter);
  });

  test("what is no status gives its own text, cut short", () => {
    expect(decodeError(Buffer.from(`<html>${"x".repeat(5_000)}`)).message).toHaveLength(1_024);
    expect(decode({ error: "boom" }).message).toBe("boom");
    expect(decode({ error: { code: 500 } }).message).toBe('{"code":500}');
  });

  test.each([
    ["34.4s", 34_400],
    ["0.000001s", 1],
    ["60s", 60_000],
    ["soon", undefined],
  ])("a wait of %s", (retryDelay, expected) => {
    const details = [{ "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay }];
    expect(decode({ error: { code: 429, status: "RESOURCE_EXHAUSTED", details } }).retryAfterMs).toBe(expected);
  });
});

describe("telling", () => {
  const error: ClientError = {
    reason: ErrorReason.BUDGET_EXHAUSTED,
    fault: Fault.CALLER,
    httpStatus: 429,
    message: "budget research is exhausted",
    parameter: "generationConfig.maxOutputTokens",
    requestId: "req_1",
  };

  test("a status with its reason, its fault and the field", () => {
    expect(encodeError(error)).toEqual({
      error: {
        code: 429,
        message: "budget research is exhausted",
        status: "RESOURCE_EXHAUSTED",
        details: [
          {
            "@type": "type.googleapis.com/google.rpc.ErrorInfo",
            reason: "BUDGET_EXHAUSTED",
            domain: "sluice",
            metadata: { fault: "caller", request_id: "req_1" },
          },
          {
            "@type": badRequest,
            fieldViolations: [
              { field: "generationConfig.maxOutputTokens", description: "budget research is exhausted" },
            ],
          },
        ],
      },
    });
  });

  test("comes back as what it was", () => {
    expect(decode(encodeError(error))).toEqual({
      message: "budget research is exhausted",
      type: "RESOURCE_EXHAUSTED",
      code: "BUDGET_EXHAUSTED",
      parameter: "generationConfig.maxOutputTokens",
    });
  });

  test.each([
    [ErrorReason.UPSTREAM_OVERLOADED, 503, "UNAVAILABLE"],
    [ErrorReason.UPSTREAM_RATE_LIMITED, 429, "RESOURCE_EXHAUSTED"],
    [ErrorReason.UPSTREAM_TRUNCATED, 502, "INTERNAL"],
    [ErrorReason.UPSTREAM_INVALID_REQUEST, 400, "INVALID_ARGUMENT"],
  ])("in a stream, reason %i has the code %i, on which Google's SDK throws", (reason, code, status) => {
    const text = encodeStreamError({ ...error, reason, httpStatus: 0 });
    expect(text).toMatch(/^data: .*\n\n$/);
    expect(JSON.parse(text.slice("data: ".length))).toMatchObject({ error: { code, status } });
  });
});
