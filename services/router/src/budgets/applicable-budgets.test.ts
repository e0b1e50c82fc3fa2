import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { type BudgetSchema, type BudgetScopeSchema, BudgetSchema as schema } from "@sluice/api/sluice/policy/v1/budget";
import { expect, test } from "vitest";
import { applicableBudgets, type BudgetSubject } from "./applicable-budgets.ts";

const subject: BudgetSubject = {
  team: "research",
  key: "notebooks",
  user: "ada",
  route: "chat",
  model: "openai/gpt",
  provider: "openai",
  tags: { app: "notes", stage: "" },
};

function budget(name: string, scope?: MessageInitShape<typeof BudgetScopeSchema>) {
  const init: MessageInitShape<typeof BudgetSchema> = { name: `budgets/${name}`, ...(scope && { scope }) };
  return create(schema, init);
}

const covers = (scope: MessageInitShape<typeof BudgetScopeSchema>, more: Partial<BudgetSubject> = {}) =>
  applicableBudgets([budget("b", scope)], { ...subject, ...more }).length === 1;

test("a budget without a scope, or with an empty one, covers everything", () => {
  expect(applicableBudgets([budget("one"), budget("two", {})], subject)).toEqual([
    { budget: "one", member: "" },
    { budget: "two", member: "" },
  ]);
});

test.each<[keyof MessageInitShape<typeof BudgetScopeSchema>, string]>([
  ["team", "research"],
  ["key", "notebooks"],
  ["user", "ada"],
  ["route", "chat"],
  ["model", "openai/gpt"],
  ["provider", "openai"],
  ["tag", "app=notes"],
])("by %s", (field, value) => {
  expect(covers({ [field]: value })).toBe(true);
  expect(covers({ [field]: `${value}-other` })).toBe(false);
});

test("every field that is set must match", () => {
  expect(covers({ team: "research", provider: "openai" })).toBe(true);
  expect(covers({ team: "research", provider: "anthropic" })).toBe(false);
});

test("a tag is matched whole, an empty value and one with an equals sign included", () => {
  expect(covers({ tag: "stage=" })).toBe(true);
  expect(covers({ tag: "app" })).toBe(false);
  expect(covers({ tag: "=notes" })).toBe(false);
  expect(covers({ tag: "app=a=b" }, { tags: { app: "a=b" } })).toBe(true);
  expect(covers({ tag: "constructor=x" })).toBe(false);
});

test("a star gives each key and each user a window of its own", () => {
  const members = (scope: MessageInitShape<typeof BudgetScopeSchema>) =>
    applicableBudgets([budget("b", scope)], subject).map((found) => found.member);
  expect(members({ key: "*" })).toEqual(["notebooks"]);
  expect(members({ user: "*" })).toEqual(["ada"]);
  expect(members({ key: "*", user: "*" })).toEqual(["notebooks|ada"]);
  expect(members({ key: "notebooks" })).toEqual([""]);
});

test("a request that names no user falls under no user's window", () => {
  expect(covers({ user: "*" }, { user: "" })).toBe(false);
  expect(covers({ user: "ada" }, { user: "" })).toBe(false);
  expect(covers({ team: "research" }, { user: "" })).toBe(true);
});
