import { create } from "@bufbuild/protobuf";
import { ErrorReason } from "@sluice/api/sluice/common/v1/error_reason";
import { RetryPolicySchema } from "@sluice/api/sluice/policy/v1/snapshot";
import { expect, test } from "vitest";
import { attemptOrder, defaultRetryPlan, readRetryPlan } from "./retry-plan.ts";

test("without a policy there are three attempts, on every failure that another provider may not have", () => {
  expect(readRetryPlan(undefined)).toBe(defaultRetryPlan);
  expect(readRetryPlan(create(RetryPolicySchema))).toEqual(defaultRetryPlan);
  expect(defaultRetryPlan.attempts).toBe(3);
});

test("the caller's own faults are never tried again", () => {
  for (const reason of [
    ErrorReason.UPSTREAM_INVALID_REQUEST,
    ErrorReason.UPSTREAM_CONTEXT_LENGTH_EXCEEDED,
    ErrorReason.UPSTREAM_CONTENT_FILTERED,
    ErrorReason.UPSTREAM_MODEL_NOT_FOUND,
    ErrorReason.UNTRANSLATABLE,
    ErrorReason.PARAMETER_REFUSED,
    ErrorReason.BUDGET_EXHAUSTED,
    ErrorReason.CALLER_GONE,
    ErrorReason.ADAPTER_UNAVAILABLE,
  ]) {
    expect(defaultRetryPlan.on.has(reason), ErrorReason[reason as never]).toBe(false);
  }
});

test("words of the configuration stand for reasons, and an unknown one for none", () => {
  const plan = readRetryPlan(
    create(RetryPolicySchema, { attempts: 5, on: ["timeout", "rate_limited", "constructor"] }),
  );
  expect(plan.attempts).toBe(5);
  expect([...plan.on].sort()).toEqual(
    [ErrorReason.UPSTREAM_TIMEOUT, ErrorReason.UPSTREAM_RATE_LIMITED, ErrorReason.UPSTREAM_QUOTA_EXHAUSTED].sort(),
  );
});

test.each<[readonly string[], number, readonly string[]]>([
  [["a", "b", "c"], 2, ["a", "b"]],
  [["a", "b"], 3, ["a", "b", "a"]],
  [["a", "b"], 5, ["a", "b", "a", "b", "a"]],
  [["a"], 1, ["a"]],
  [["a"], 3, ["a", "a"]],
  [[], 3, []],
])("%j with %i attempts is tried as %j", (targets, attempts, order) => {
  expect(attemptOrder(targets, attempts)).toEqual(order);
});
