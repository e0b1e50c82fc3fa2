import { expect, test } from "vitest";
import { readCustomToolFormat } from "./custom-tool-format.ts";

const grammar = { kind: "grammar", syntax: "lark", definition: 'start: "a"' };

test.each([
  ["", { kind: "text" }],
  ['{"type":"text"}', { kind: "text" }],
  ['{"type":"grammar","syntax":"lark","definition":"start: \\"a\\""}', grammar],
  ['{"type":"grammar","grammar":{"syntax":"lark","definition":"start: \\"a\\""}}', grammar],
  ['{"type":"grammar"}', { kind: "other", json: { type: "grammar" } }],
  ['{"type":"peg","rules":1}', { kind: "other", json: { type: "peg", rules: 1 } }],
])("%s", (json, expected) => {
  expect(readCustomToolFormat(json)).toEqual(expected);
});
