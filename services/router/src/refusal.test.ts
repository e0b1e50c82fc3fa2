import { create } from "@bufbuild/protobuf";
import { durationFromMs } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import { ErrorReason, ErrorReasonSchema, Fault } from "@sluice/api/sluice/common/v1/error_reason";
import { AttemptFailureSchema } from "@sluice/api/sluice/provider/v1/attempt";
import { describe, expect, test } from "vitest";
import { codeOf, reasonName, refuse, refuseForFailure } from "./refusal.ts";

/** Never told to a caller of the gateway. */
const internal = new Set<ErrorReason>([ErrorReason.UNSPECIFIED, ErrorReason.MESH_UNAUTHENTICATED]);
const told = ErrorReasonSchema.values
  .map((value) => [reasonName(value.number as ErrorReason), value.number as ErrorReason] as const)
  .filter(([, reason]) => !internal.has(reason));

describe("every reason has a standing", () => {
  test.each(told)("%s", (name, reason) => {
    const refusal = refuse(reason, "why");
    expect(name).toMatch(/^[a-z_]+$/);
    expect(refusal.httpStatus).toBeGreaterThanOrEqual(400);
    expect(refusal.httpStatus).toBeLessThan(600);
    expect(refusal.fault).not.toBe(Fault.UNSPECIFIED);
    if (reason !== ErrorReason.INTERNAL) expect(refusal.httpStatus, "only INTERNAL is a plain 500").not.toBe(500);
  });
});

test("a caller's fault is a 4xx, an upstream's never a 401 or 403 that a client would take for its own", () => {
  for (const [, reason] of told) {
    const { fault, httpStatus } = refuse(reason, "");
    if (fault === Fault.CALLER) expect(httpStatus).toBeLessThan(500);
    if (fault === Fault.UPSTREAM) expect([401, 403]).not.toContain(httpStatus);
  }
});

test("a reason that is not in the list counts as a broken expectation", () => {
  const unknown = 9999 as ErrorReason;
  expect(refuse(unknown, "").httpStatus).toBe(500);
  expect(codeOf(unknown)).toBe(Code.Internal);
  expect(reasonName(unknown)).toBe("internal");
});

test("a provider's failure names provider, model, status, code and how long to wait", () => {
  const failure = create(AttemptFailureSchema, {
    reason: ErrorReason.UPSTREAM_RATE_LIMITED,
    fault: Fault.UPSTREAM,
    message: "openai answered 429: slow down",
    httpStatus: 429,
    providerCode: "rate_limit_exceeded",
    providerRequestId: "req-1",
    parameter: "messages",
    retryAfter: durationFromMs(1500),
  });
  expect(refuseForFailure(failure, "openai/ft:gpt/x")).toEqual({
    reason: ErrorReason.UPSTREAM_RATE_LIMITED,
    fault: Fault.UPSTREAM,
    httpStatus: 429,
    message: "openai answered 429: slow down",
    parameter: "messages",
    retryAfterMs: 1500,
    metadata: {
      model: "openai/ft:gpt/x",
      provider: "openai",
      provider_status: "429",
      provider_code: "rate_limit_exceeded",
      provider_request_id: "req-1",
    },
  });
});

test("what the adapter did not say is left out, and its word on the fault wins", () => {
  const bare = refuseForFailure(
    create(AttemptFailureSchema, { reason: ErrorReason.UPSTREAM_CONNECTION, message: "refused" }),
    "openai/gpt",
  );
  expect(bare.metadata).toEqual({ model: "openai/gpt", provider: "openai" });
  expect(bare.retryAfterMs).toBeUndefined();
  expect(bare.fault).toBe(Fault.UPSTREAM);
  const blamed = create(AttemptFailureSchema, { reason: ErrorReason.UPSTREAM_CONNECTION, fault: Fault.GATEWAY });
  expect(refuseForFailure(blamed, "openai/gpt").fault).toBe(Fault.GATEWAY);
});
