import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { JsonObject } from "./dialect.ts";
import { editJson, type JsonEdit } from "./edit-json.ts";
import { spliceEdits } from "./splice-edits.ts";
import { findJsonMembers } from "./splice-json.ts";

/** Few names, so that edits meet what they name, at every depth; written in ways that no serializer would. */
const names = ["a", "b", "c", "ü", "__proto__"];
const name = fc.constantFrom(...names);
const space = fc.constantFrom("", " ", "\n", "\t ", "\r\n");
const writtenName = name.chain((text) =>
  fc.constantFrom(
    JSON.stringify(text),
    `"${[...text].map((character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`).join("")}"`,
  ),
);
const leaf = fc.constantFrom(
  "1",
  "1.50",
  "-0",
  "1e3",
  "12345678901234567890",
  '"x, }"',
  '"\\\\"',
  "null",
  "true",
  "[{}, 1 ]",
);
const { value: jsonText } = fc.letrec<{ value: string; object: string }>((tie) => ({
  value: fc.oneof({ depthSize: "small", withCrossShrink: true }, leaf, tie("object")),
  object: fc
    .tuple(space, fc.array(fc.tuple(space, writtenName, space, space, tie("value"), space), { maxLength: 4 }))
    .map(([inner, members]) =>
      members.length === 0
        ? `{${inner}}`
        : `{${members.map(([a, key, b, c, value, d]) => `${a}${key}${b}:${c}${value}${d}`).join(",")}}`,
    ),
}));
const bodyText = fc
  .tuple(space, fc.array(fc.tuple(space, writtenName, space, space, jsonText, space), { maxLength: 6 }), space)
  .map(
    ([before, members, after]) =>
      `${before}{${members.map(([a, key, b, c, value, d]) => `${a}${key}${b}:${c}${value}${d}`).join(",")}}${after}`,
  );
const edit: fc.Arbitrary<JsonEdit> = fc.record({
  path: fc.array(name, { minLength: 1, maxLength: 3 }),
  action: fc.oneof(
    fc.constant({ kind: "remove" as const }),
    name.map((to) => ({ kind: "rename" as const, to })),
    fc.constantFrom(7, "y", null, { z: [1] }).map((value) => ({ kind: "set" as const, value })),
  ),
});

const parse = (text: string) => JSON.parse(text) as JsonObject;
const splice = (text: string, edits: readonly JsonEdit[]) =>
  Buffer.from(spliceEdits(Buffer.from(text), edits)).toString();

describe("editing bytes and editing what they mean", () => {
  test("come to the same, in the same order", () => {
    fc.assert(
      fc.property(bodyText, fc.array(edit, { maxLength: 4 }), (text, edits) => {
        expect(JSON.stringify(JSON.parse(splice(text, edits)))).toBe(JSON.stringify(editJson(parse(text), edits)));
      }),
      { numRuns: 2_000 },
    );
  });

  test("leaves the bytes of every member that is not named, and their order", () => {
    fc.assert(
      fc.property(bodyText, fc.array(edit, { maxLength: 3 }), (text, edits) => {
        const named = new Set(edits.flatMap(({ path, action }) => [path[0], action.kind === "rename" && action.to]));
        const rest = (json: string) => {
          const bytes = Buffer.from(json);
          return findJsonMembers(bytes)
            .filter(({ key }) => !named.has(key))
            .map(({ keyStart, valueEnd }) => bytes.toString("utf8", keyStart, valueEnd));
        };
        expect(rest(splice(text, edits))).toEqual(rest(text));
      }),
      { numRuns: 1_000 },
    );
  });

  test("writes to nothing that it is given", () => {
    fc.assert(
      fc.property(bodyText, fc.array(edit, { maxLength: 3 }), (text, edits) => {
        const body = parse(text);
        const bytes = Buffer.from(text);
        editJson(body, edits);
        spliceEdits(bytes, edits);
        expect(JSON.stringify(body)).toBe(JSON.stringify(parse(text)));
        expect(bytes.toString()).toBe(text);
      }),
    );
  });
});

describe("spliceEdits", () => {
  const remove = (...path: string[]): JsonEdit => ({ path, action: { kind: "remove" } });
  const rename = (to: string, ...path: string[]): JsonEdit => ({ path, action: { kind: "rename", to } });
  const set = (value: number, ...path: string[]): JsonEdit => ({ path, action: { kind: "set", value } });

  test.each<[string, string, JsonEdit, string]>([
    ["the first member", '{ "a": 1.0 , "b" : 2}', remove("a"), '{ "b" : 2}'],
    ["the last member", '{"a": 1.0 , "b" : 2 }', remove("b"), '{"a": 1.0 }'],
    ["the only member", '{ "a":1 }', remove("a"), "{  }"],
    ["every occurrence of a duplicate key", '{"a":1,"b":2,"\\u0061":3,"c":4,"a":5}', remove("a"), '{"b":2,"c":4}'],
    ["a member within", '{"o": {"a":1, "b": 1e2},"x":"a"}', remove("o", "a"), '{"o": {"b": 1e2},"x":"a"}'],
    [
      "only the name",
      '{"max_tokens" : 1.0}',
      rename("max_completion_tokens", "max_tokens"),
      '{"max_completion_tokens" : 1.0}',
    ],
    ["a name that is taken", '{"a":1, "b":2}', rename("b", "a"), '{"b":2}'],
    ["what is not there yet", '{"a":1 }', set(2, "o", "p"), '{"a":1,"o":{"p":2} }'],
    ["what is null", '{"o": null}', set(2, "o", "p"), '{"o": {"p":2}}'],
    ["nothing through a list", '{"o":[{"p":1}]}', remove("o", "p"), '{"o":[{"p":1}]}'],
  ])("changes %s", (_, text, made, expected) => {
    expect(splice(text, [made])).toBe(expected);
  });

  test("returns the bytes themselves where nothing changes", () => {
    const bytes = Buffer.from('{"a":1}');
    expect(spliceEdits(bytes, [remove("x"), rename("y", "x"), remove("a", "b")])).toBe(bytes);
  });
});
