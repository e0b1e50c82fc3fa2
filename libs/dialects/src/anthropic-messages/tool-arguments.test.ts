import { expect, it } from "vitest";
import { readToolInput } from "./tool-arguments.ts";
import { encodeToolCallId } from "./tool-call-id.ts";

it.each([
  ['{"a":1}', { a: 1 }],
  ["", {}],
  ["  ", {}],
])("%j is an object without conversion", (text, input) => {
  expect(readToolInput(text)).toEqual({ input, conversion: undefined });
});

it.each(["[1]", "null", '"text"', "5", '{"a": '])("%j is wrapped, and that is said", (text) => {
  const read = readToolInput(text);
  expect(read.input).toEqual({ INVALID_JSON: text });
  expect(read.conversion).toMatch(/INVALID_JSON/);
});

it("keeps ids that Anthropic takes, and makes others fit without making two the same", () => {
  expect(encodeToolCallId("toolu_01-a")).toBe("toolu_01-a");
  expect(encodeToolCallId("functions.now:0")).toBe("functions_2e_now_3a_0");
  expect(encodeToolCallId("a.b")).not.toBe(encodeToolCallId("a:b"));
  expect(encodeToolCallId("")).toBe("");
});
