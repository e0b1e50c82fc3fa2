import { Code } from "@connectrpc/connect";
import { ServerReflection } from "@sluice/api/grpc/reflection/v1/reflection";
import { BillingService } from "@sluice/api/sluice/billing/v1/billing_service";
import { ErrorReason } from "@sluice/api/sluice/common/v1/error_reason";
import { describe, expect, test } from "vitest";
import { readErrorInfo } from "../error.ts";
import { implement } from "../registration.ts";
import { type AccessPolicy, createAccess } from "./access.ts";

const billing = implement(BillingService, {
  querySpend: () => ({}),
  listLedgerEntries: () => ({}),
  recordUsage: () => ({}),
});
const querySpend = "/sluice.billing.v1.BillingService/QuerySpend";
const recordUsage = "/sluice.billing.v1.BillingService/RecordUsage";
const service = "sluice.billing.v1.BillingService";

function decide(policy: AccessPolicy, path: string, authorization: string | undefined) {
  const decision = createAccess(policy, [billing]).get(path)?.(authorization);
  if (decision === undefined) throw new Error(`nothing is decided for ${path}`);
  return decision.kind === "allowed"
    ? decision.caller.kind
    : { code: decision.error.code, reason: readErrorInfo(decision.error)?.reason };
}

const unauthenticated = { code: Code.Unauthenticated, reason: ErrorReason.MESH_UNAUTHENTICATED };
const forbidden = { code: Code.PermissionDenied, reason: ErrorReason.PERMISSION_DENIED };

describe("a service for the mesh and operators", () => {
  const policy: AccessPolicy = {
    rules: { [service]: ["mesh", "admin"], [`${service}/RecordUsage`]: "mesh" },
    meshSecret: ["new", "old"],
    adminToken: "operator",
  };

  test.each([
    ["Bearer new", "mesh"],
    ["Bearer old", "mesh"],
    ["Bearer operator", "admin"],
    [undefined, unauthenticated],
    ["", unauthenticated],
    ["Bearer ", unauthenticated],
    ["Bearer wrong", unauthenticated],
    ["Bearer new ", unauthenticated],
    ["bearer new", "mesh"],
    ["Basic new", unauthenticated],
    ["new", unauthenticated],
  ])("takes %j as %j", (authorization, expected) => {
    expect(decide(policy, querySpend, authorization)).toEqual(expected);
  });

  test("a rule for a method wins: the operator is known and may not", () => {
    expect(decide(policy, recordUsage, "Bearer new")).toBe("mesh");
    expect(decide(policy, recordUsage, "Bearer operator")).toEqual(forbidden);
  });

  test("no error tells a secret, shown or expected", () => {
    const access = createAccess(policy, [billing]).get(querySpend)?.("Bearer tried-this");
    if (access?.kind !== "denied") throw new Error("expected a denial");
    expect(JSON.stringify([access.error.message, readErrorInfo(access.error)])).not.toMatch(
      /tried-this|new|old|operator/,
    );
  });
});

test("a public service takes anyone as public", () => {
  expect(decide({ rules: { [service]: "public" } }, querySpend, "Bearer whatever")).toBe("public");
  expect(decide({ rules: { [service]: "public" } }, querySpend, undefined)).toBe("public");
});

test("reflection is public unless named", () => {
  const reflection = implement(ServerReflection, { async *serverReflectionInfo() {} });
  const decision = createAccess({ rules: {} }, [reflection]).get(
    "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
  );
  expect(decision?.(undefined).kind).toBe("allowed");
});

test.each([
  ["a service without a rule", { rules: {} }, /no access rule for sluice.billing.v1.BillingService/],
  ["a rule for nothing", { rules: { [service]: "public", "sluice.x.v1.X": "mesh" } }, /not served: sluice.x.v1.X/],
  ["a mesh rule without a secret", { rules: { [service]: "mesh" } }, /no mesh secret/],
  ["an operators' rule without a token", { rules: { [service]: "admin" } }, /no admin token/],
  ["an empty secret", { rules: { [service]: "mesh" }, meshSecret: "" }, /secret is empty/],
] as [string, AccessPolicy, RegExp][])("refuses %s at the start", (_name, policy, message) => {
  expect(() => createAccess(policy, [billing])).toThrow(message);
});
