import { expect, test } from "vitest";
import { findEndUserFault } from "./gateway-request.ts";

test("an end user's name must fit into records and budgets", () => {
  expect(findEndUserFault("")).toBeUndefined();
  expect(findEndUserFault("ü".repeat(512))).toBeUndefined();
  expect(findEndUserFault("a".repeat(513))).toMatch(/513 characters, expected at most 512/);
  expect(findEndUserFault("a\0b")).toMatch(/NUL/);
});
