import { describe, expect, test } from "vitest";
import type { JsonObject } from "../dialect.ts";
import { createPartialArguments } from "./partial-arguments.ts";

function put(...pieces: JsonObject[]) {
  const partial = createPartialArguments();
  const fault = partial.push(pieces);
  return fault === undefined ? JSON.stringify(partial.take()) : "fault";
}

test("texts grow, other values stand", () => {
  expect(
    put(
      { jsonPath: "$.a", stringValue: "x" },
      { jsonPath: "$.a", stringValue: "y" },
      { jsonPath: "$.b[1]['c d']", numberValue: 2 },
      { jsonPath: '$.b[0]["e\\"f"]', boolValue: true },
      { json_path: "$.g", null_value: "NULL_VALUE" },
    ),
  ).toBe('{"a":"xy","b":[{"e\\"f":true},{"c d":2}],"g":null}');
});

test("a member named __proto__ is one like any other", () => {
  expect(put({ jsonPath: "$.__proto__.polluted", boolValue: true })).toBe('{"__proto__":{"polluted":true}}');
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
});

describe("is no path to one value", () => {
  test.each(["", "a", "$", "$..a", "$[*]", "$.a[", "$[9999999]", "$[0]", `$${".a".repeat(100)}`])("%s", (jsonPath) => {
    expect(put({ jsonPath, stringValue: "x" })).toBe("fault");
  });
});

test("an object where a list stands is a fault", () => {
  expect(put({ jsonPath: "$.a[0]", stringValue: "x" }, { jsonPath: "$.a.b", stringValue: "x" })).toBe("fault");
});
