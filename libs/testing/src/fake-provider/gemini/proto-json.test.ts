import { describe, expect, it } from "vitest";
import { type Message, readMessage } from "./proto-json.ts";

const LEAF: Message = {
  name: "Leaf",
  fields: {
    text: "string",
    maxCount: "int32",
    share: "float",
    data: "bytes",
    on: "bool",
    mode: { enumName: "Leaf.Mode", values: ["OFF", "AUTO"] },
  },
};
const TREE: Message = {
  name: "Tree",
  fields: {
    leaf: { message: () => LEAF },
    leaves: { list: { message: () => LEAF } },
    named: { map: { message: () => LEAF } },
    free: "struct",
  },
};

function complaints(json: Record<string, unknown>): readonly string[] {
  return readMessage(json, TREE).violations.map((violation) => violation.description);
}

describe("readMessage", () => {
  it("takes names in either case, one for a list, and numbers as texts", () => {
    const { value, violations } = readMessage(
      { leaves: { max_count: "5", on: true }, leaf: { maxCount: 3, text: null, mode: "auto" } },
      TREE,
    );
    expect(violations).toEqual([]);
    expect(value).toEqual({ leaves: [{ maxCount: "5", on: true }], leaf: { maxCount: 3, mode: "AUTO" } });
  });

  it("names every unknown field with its place", () => {
    expect(complaints({ a: 1, leaves: [{}, { b: 1 }], named: { x: {}, y: { c: 1 } }, free: { any: 1 } })).toEqual([
      'Invalid JSON payload received. Unknown name "a": Cannot find field.',
      "Invalid JSON payload received. Unknown name \"b\" at 'leaves[1]': Cannot find field.",
      "Invalid JSON payload received. Unknown name \"c\" at 'named[1].value': Cannot find field.",
    ]);
  });

  it.each([
    [{ leaf: { maxCount: 1.5 } }, "Invalid value at 'leaf.max_count' (TYPE_INT32), 1.5"],
    [{ leaf: { text: 1 } }, "Invalid value at 'leaf.text' (TYPE_STRING), 1"],
    [{ leaf: { share: "a" } }, "Invalid value at 'leaf.share' (TYPE_FLOAT), \"a\""],
    [{ leaf: { data: "no base64!" } }, "Base64 decoding failed"],
    [{ leaf: { mode: "FAST" } }, '(type.googleapis.com/google.ai.generativelanguage.v1beta.Leaf.Mode), "FAST"'],
    [{ leaf: "x" }, "Invalid value at 'leaf' (type.googleapis.com/google.ai.generativelanguage.v1beta.Leaf), \"x\""],
    [{ leaf: [{}] }, 'Unknown name "leaf": Proto field is not repeating, cannot start list.'],
  ])("refuses %j", (json, words) => {
    const found = complaints(json);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(words);
  });
});
