import { ErrorReason, Fault } from "@sluice/api/sluice/common/v1/error_reason";
import { expect, test } from "vitest";
import { readSse } from "../../tests/streams.ts";
import type { ClientError } from "../dialect.ts";
import { encodeStreamError, findError, readErrorEvent, readFailureReason } from "./error.ts";

const error: ClientError = {
  reason: ErrorReason.UPSTREAM_RATE_LIMITED,
  fault: Fault.UPSTREAM,
  httpStatus: 429,
  message: "slow down",
  parameter: "",
  requestId: "r",
};

test.each([
  [ErrorReason.UPSTREAM_RATE_LIMITED, "rate_limit_exceeded"],
  [ErrorReason.UPSTREAM_CONTEXT_LENGTH_EXCEEDED, "context_length_exceeded"],
  [ErrorReason.BUDGET_EXHAUSTED, "insufficient_quota"],
  [ErrorReason.UPSTREAM_SERVER_ERROR, "server_error"],
  [ErrorReason.UPSTREAM_INVALID_REQUEST, "invalid_request_error"],
])("reason %s is told by a code that clients know: %s", (reason, code) => {
  const [event] = readSse([Buffer.from(encodeStreamError({ ...error, reason }))]);
  expect(event?.event).toBe("error");
  const told = JSON.parse(event?.data ?? "") as object;
  expect(told).toMatchObject({
    type: "error",
    code,
    message: "slow down",
    param: null,
    fault: "upstream",
    request_id: "r",
  });
  expect(told).not.toHaveProperty("error");
});

test.each([
  [
    { type: "error", code: "server_error", message: "no", param: null },
    { code: "server_error", message: "no", type: "" },
  ],
  [
    { type: "error", error: { type: "invalid_request_error", code: "x", message: "no", param: "input" } },
    { code: "x", type: "invalid_request_error", parameter: "input" },
  ],
  [{ error: "no" }, { message: "no" }],
])("%j is read", (event, expected) => {
  expect(readErrorEvent(event as never)).toMatchObject(expected);
});

test("an error that is null is none", () => {
  expect(findError({ error: null, status: "completed" })).toBeUndefined();
});

test.each([
  ["server_error", ErrorReason.UPSTREAM_SERVER_ERROR],
  ["rate_limit_exceeded", ErrorReason.UPSTREAM_RATE_LIMITED],
  ["invalid_prompt", ErrorReason.UPSTREAM_INVALID_REQUEST],
  ["invalid_base64_image", ErrorReason.UPSTREAM_INVALID_REQUEST],
  ["failed_to_download_image", ErrorReason.UPSTREAM_INVALID_REQUEST],
  ["image_content_policy_violation", ErrorReason.UPSTREAM_CONTENT_FILTERED],
  ["bio_policy", ErrorReason.UPSTREAM_CONTENT_FILTERED],
])("the code %s names a reason", (code, reason) => {
  expect(readFailureReason({ message: "", type: "", code, parameter: "" })).toBe(reason);
});
