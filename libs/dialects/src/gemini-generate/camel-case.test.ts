import { expect, test } from "vitest";
import { createProblems } from "../request-problem.ts";
import { camelize, repeatedOf, toCamelCase } from "./camel-case.ts";

test("own members are told in camel case, those of members left alone", () => {
  const source = { max_output_tokens: 5, topK: 1, thinking_config: { include_thoughts: true } };
  expect(camelize(source)).toEqual({ maxOutputTokens: 5, topK: 1, thinkingConfig: { include_thoughts: true } });
  expect(source).toHaveProperty("max_output_tokens");
});

test("what needs no change is the same object", () => {
  const source = { topK: 1, __proto__x: 2, "@type": "x" };
  expect(camelize(source)).toBe(source);
});

test.each([
  ["top_k", "topK"],
  ["response_json_schema", "responseJsonSchema"],
  ["_private", "_private"],
  ["HARM_CATEGORY", "HARM_CATEGORY"],
  ["a__b", "a__b"],
])("%s is %s", (key, expected) => {
  expect(toCamelCase(key)).toBe(expected);
});

test("a member said in both ways is a problem: who pays and who answers could read different ones", () => {
  const problems = createProblems();
  const read = camelize({ maxOutputTokens: 5, max_output_tokens: 90_000 }, "generationConfig.", problems);
  expect(read).toEqual({ maxOutputTokens: 5 });
  expect(problems.first?.parameter).toBe("generationConfig.maxOutputTokens");
});

test("one object stands for a list of one", () => {
  expect(repeatedOf({ text: "x" })).toEqual([{ text: "x" }]);
  expect(repeatedOf([])).toEqual([]);
  expect(repeatedOf("x")).toBeUndefined();
});
