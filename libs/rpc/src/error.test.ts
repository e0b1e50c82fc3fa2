import { Code, ConnectError } from "@connectrpc/connect";
import { ErrorReason, Fault } from "@sluice/api/sluice/common/v1/error_reason";
import { expect, test } from "vitest";
import { readErrorInfo, reportError, rpcError } from "./error.ts";

test("an error of Sluice carries its reason, fault and facts", () => {
  const cause = new Error("inside");
  const error = rpcError({
    code: Code.FailedPrecondition,
    reason: ErrorReason.MODEL_UNPRICED,
    fault: Fault.CALLER,
    message: "model local/llama has no price",
    metadata: { model: "local/llama" },
    cause,
  });
  expect(error.code).toBe(Code.FailedPrecondition);
  expect(error.cause).toBe(cause);
  expect(readErrorInfo(error)).toMatchObject({
    reason: ErrorReason.MODEL_UNPRICED,
    fault: Fault.CALLER,
    metadata: { model: "local/llama" },
  });
});

test.each([new Error("x"), "x", undefined, null, 7, new ConnectError("x", Code.Aborted)])(
  "%o has no ErrorInfo",
  (thrown) => {
    expect(readErrorInfo(thrown)).toBeUndefined();
  },
);

test("the funnel makes what nobody expected internal, and keeps it as the cause", () => {
  const thrown = new TypeError("secret");
  const { error, unexpected } = reportError(thrown);
  expect(unexpected).toBe(true);
  expect(error.code).toBe(Code.Internal);
  expect(error.message).not.toContain("secret");
  expect(error.cause).toBe(thrown);
});

test("the funnel passes an RPC error on as it is", () => {
  const thrown = rpcError({ code: Code.NotFound, reason: ErrorReason.NOT_FOUND, fault: Fault.CALLER, message: "no" });
  expect(reportError(thrown)).toEqual({ error: thrown, unexpected: false });
});

test("the funnel gives an error without ErrorInfo one, and keeps the rest", () => {
  const thrown = new ConnectError("busy", Code.Unavailable, { "x-a": "1" });
  thrown.isWireError = true;
  thrown.details.push({ type: "other.Detail", value: new Uint8Array([1]) });
  const { error, unexpected } = reportError(thrown);
  expect(unexpected).toBe(false);
  expect(error).toMatchObject({ code: Code.Unavailable, rawMessage: "busy", isWireError: true });
  expect(error.metadata.get("x-a")).toBe("1");
  expect(error.details).toHaveLength(2);
  expect(readErrorInfo(error)?.fault).toBe(Fault.GATEWAY);
});
