import { describe, expect, it } from "vitest";
import { decodeError } from "./decode-error.ts";

describe("decodeError", () => {
  it.each<readonly [string, object]>([
    [
      '{"type":"error","error":{"type":"not_found_error","message":"model: claude-x"},"request_id":"req_1"}',
      { type: "not_found_error", message: "model: claude-x", code: "", parameter: "" },
    ],
    [
      '{"type":"error","error":{"type":"rate_limit_error","message":"Slow","details":{"error_code":"ramp_limit_exceeded"}}}',
      { type: "rate_limit_error", message: "Slow", code: "ramp_limit_exceeded", parameter: "" },
    ],
    [
      '{"error":{"message":"no such model","type":"invalid_request_error","code":"model_not_found","param":"model"}}',
      { type: "invalid_request_error", message: "no such model", code: "model_not_found", parameter: "model" },
    ],
    ['{"message":"The security token is invalid."}', { message: "The security token is invalid.", type: "" }],
    ['{"error":"nope"}', { message: "nope" }],
    ['{"type":"error"}', { message: '{"type":"error"}', type: "" }],
    ["<html>502 Bad Gateway</html>\n", { message: "<html>502 Bad Gateway</html>", type: "" }],
    ["", { message: "" }],
  ])("reads %s", (body, error) => {
    expect(decodeError(Buffer.from(body))).toMatchObject(error);
  });

  it("cuts a long text short", () => {
    expect(decodeError(Buffer.from("x".repeat(100_000))).message).toHaveLength(2000);
  });
});
