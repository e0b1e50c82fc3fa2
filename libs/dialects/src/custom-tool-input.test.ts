import { describe, expect, test } from "vitest";
import { createCustomInputReader, unwrapCustomInput, wrapCustomInput } from "./custom-tool-input.ts";

const patch = '*** Begin Patch\n*** Update File: "a".ts\n-\tx\\n\n+\t😀 ü\n*** End Patch';

test("a text comes back as it went", () => {
  for (const text of [patch, "", " ", '{"input": "x"}', "\u2028\u0000"]) {
    expect(unwrapCustomInput(wrapCustomInput(text))).toBe(text);
  }
});

test.each([
  ["{}", ""],
  ["  ", ""],
  ['{"patch": "x"}', "x"],
  ['{"input": "x", "why": "y"}', "x"],
  ['{"patch": "x", "why": "y"}', '{"patch": "x", "why": "y"}'],
  ['{"input": 3}', '{"input": 3}'],
  ["*** Begin Patch", "*** Begin Patch"],
])("a model's slip: %s", (text, expected) => {
  expect(unwrapCustomInput(text)).toBe(expected);
});

function readInPieces(text: string, size: number): string[] {
  const reader = createCustomInputReader();
  const told: string[] = [];
  for (let at = 0; at < text.length; at += size) told.push(reader.push(text.slice(at, at + size)));
  told.push(reader.end());
  return told;
}

describe("as it comes", () => {
  const forms = [
    wrapCustomInput(patch),
    JSON.stringify({ input: patch }, undefined, 2),
    wrapCustomInput(patch).replace(/[^ -~]/gu, (character) =>
      [...Array(character.length).keys()]
        .map((unit) => `\\u${character.charCodeAt(unit).toString(16).padStart(4, "0")}`)
        .join(""),
    ),
    `{"input": ${JSON.stringify(patch)}, "why": "because"}`,
  ];

  test.each([1, 2, 3, 5, 7, 11, 1000])("the same text in pieces of %i", (size) => {
    for (const form of forms) expect(readInPieces(form, size).join("")).toBe(patch);
  });

  test("is told as soon as it is there, and no half of a character alone", () => {
    const reader = createCustomInputReader();
    expect(reader.push('{"input": "ab')).toBe("ab");
    expect(reader.push("c\\")).toBe("c");
    expect(reader.push("n\\ud83d")).toBe("\n");
    expect(reader.push("\\ude0")).toBe("");
    expect(reader.push('0"}')).toBe("😀");
    expect(reader.end()).toBe("");
  });

  test("a broken escape and a bare line break stand", () => {
    expect(readInPieces('{"input": "a\\qb\nc\\ud83dx"}', 4).join("")).toBe("a\\qb\nc\ud83dx");
  });

  test("what begins otherwise is read at the end", () => {
    for (const [text, expected] of [
      ['{"patch": "x"}', "x"],
      ['{"why": "y", "input": "x"}', "x"],
      ["plain", "plain"],
      ["", ""],
    ] as const) {
      const told = readInPieces(text, 3);
      expect(told.at(-1)).toBe(expected);
      expect(told.join("")).toBe(expected);
    }
  });

  test("arguments that are cut off give what came", () => {
    expect(readInPieces('{"input": "abc\\', 2).join("")).toBe("abc\\");
  });
});
