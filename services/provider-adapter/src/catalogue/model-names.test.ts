import { expect, test } from "vitest";
import { callableName, namesOf } from "./model-names.ts";

test.each([
  ["gpt-5", { equals: "gpt-5" }, "gpt-5"],
  ["deepseek-v3p2", { equals: "accounts/fireworks/models/deepseek-v3p2" }, "accounts/fireworks/models/deepseek-v3p2"],
  ["Qwen/Qwen3", { equals: "qwen/qwen3" }, "Qwen/Qwen3"],
  ["nova-lite-v1:0", { contains: "nova-lite" }, "nova-lite-v1:0"],
  ["magistral-small", { starts_with: "magistral-small-" }, "magistral-small"],
  ["codestral", { or: [{ equals: "codestral-latest" }, { equals: "codestral-2501" }] }, "codestral-latest"],
])("%s is called by a name that the list's rule takes", (id, match, name) => {
  expect(callableName(id, match)).toBe(name);
});

test("tells beginnings from whole names, and runs no regular expression of the list", () => {
  const slow = { regex: "^(a+)+$" };
  expect(
    namesOf({ or: [{ equals: "a" }, { starts_with: "b-" }, { contains: "c" }, { regex: "^d-\\d{4}" }, slow] }),
  ).toEqual(["a", "b-*", "c*", "d-*"]);
  expect(callableName("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", slow)).toBe(
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!",
  );
});
