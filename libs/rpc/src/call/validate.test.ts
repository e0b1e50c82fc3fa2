import { create } from "@bufbuild/protobuf";
import { ViolationsSchema } from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import { Code } from "@connectrpc/connect";
import { QuerySpendRequestSchema, SpendDimension } from "@sluice/api/sluice/billing/v1/billing_service";
import { ErrorReason } from "@sluice/api/sluice/common/v1/error_reason";
import { expect, test } from "vitest";
import { readErrorInfo } from "../error.ts";
import { createCheck } from "./validate.ts";

const check = createCheck(QuerySpendRequestSchema);

test("a message that keeps its rules passes", () => {
  expect(check(create(QuerySpendRequestSchema, { team: "research", pageSize: 1000 }))).toBeUndefined();
});

test("one that breaks them is told which, with all violations as a detail", () => {
  const error = check(
    create(QuerySpendRequestSchema, {
      team: "x".repeat(65),
      pageSize: 1001,
      groupBy: [SpendDimension.TEAM, SpendDimension.TEAM],
    }),
  );
  expect(error?.code).toBe(Code.InvalidArgument);
  expect(error?.rawMessage).toMatch(/team: .*page_size: /s);
  expect(readErrorInfo(error)?.reason).toBe(ErrorReason.INVALID_REQUEST);
  expect(error?.findDetails(ViolationsSchema)[0]?.violations).toHaveLength(3);
});

test("many violations are counted, not told", () => {
  const groupBy = Array.from({ length: 9 }, () => SpendDimension.UNSPECIFIED);
  const error = check(create(QuerySpendRequestSchema, { groupBy }));
  expect(error?.rawMessage).toMatch(/and \d+ more$/);
});
