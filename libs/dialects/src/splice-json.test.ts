import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { findJsonMembers, spliceJson } from "./splice-json.ts";

function splice(text: string, values: Readonly<Record<string, string>>): string {
  return Buffer.from(spliceJson(Buffer.from(text), values)).toString("utf8");
}

/** JSON text with its spaces, escapes and duplicate keys chosen at random, as no serializer writes it. */
const space = fc.constantFrom("", " ", "\n", "\t ", "\r\n");
const jsonString = fc.string({ unit: "binary" }).map((text) => JSON.stringify(text));
const escapedString = fc
  .string({ unit: "grapheme-ascii", maxLength: 6 })
  .map(
    (text) =>
      `"${[...text].map((character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`).join("")}"`,
  );
const anyValue = fc.jsonValue({ maxDepth: 4 }).map((value) => JSON.stringify(value));
const key = fc.oneof(
  fc.constantFrom('"model"', '"mod\\u0065l"', '"stream"', '"mod\\\\el"', '"__proto__"'),
  jsonString,
  escapedString,
);
const members = fc.array(fc.tuple(space, key, space, space, anyValue, space), { maxLength: 8 });
const objectText = fc
  .tuple(space, members, space)
  .map(
    ([before, list, after]) =>
      `${before}{${list.map(([a, name, b, c, value, d]) => `${a}${name}${b}:${c}${value}${d}`).join(",")}}${after}`,
  );

describe("findJsonMembers", () => {
  test("finds what JSON.parse finds, the last of duplicates winning", () => {
    fc.assert(
      fc.property(objectText, (text) => {
        const bytes = Buffer.from(text);
        const found = new Map<string, unknown>();
        for (const { key: name, valueStart, valueEnd } of findJsonMembers(bytes)) {
          found.set(name, JSON.parse(bytes.toString("utf8", valueStart, valueEnd)));
        }
        expect(found).toEqual(new Map(Object.entries(JSON.parse(text) as object)));
      }),
    );
  });

  test("finds those of some names alone, escaped or not", () => {
    const names = ["model", "stream", "__proto__"];
    fc.assert(
      fc.property(objectText, (text) => {
        const bytes = Buffer.from(text);
        const all = findJsonMembers(bytes).filter((member) => names.includes(member.key));
        expect(findJsonMembers(bytes, names)).toEqual(all);
      }),
    );
  });

  test.each(["[]", '"x"', "1", "", "{", '{"a":1', '{"a', "{1:2}", "{} {}", '{"a":1}x'])("throws on %j", (text) => {
    expect(() => findJsonMembers(Buffer.from(text))).toThrow(RangeError);
  });
});

describe("spliceJson", () => {
  test("sets what it is told to and leaves every other byte", () => {
    fc.assert(
      fc.property(objectText, fc.jsonValue(), (text, value) => {
        const spliced = splice(text, { model: JSON.stringify(value) });
        const expected = { ...(JSON.parse(text) as object), model: value };
        expect(JSON.parse(spliced)).toEqual(JSON.parse(JSON.stringify(expected)));
        const bytes = Buffer.from(text);
        let untouched = text;
        const own = findJsonMembers(bytes).filter((member) => member.key === "model");
        for (const { valueStart, valueEnd } of own.reverse()) {
          untouched = `${Buffer.from(untouched).toString("utf8", 0, valueStart)}${JSON.stringify(value)}${Buffer.from(untouched).toString("utf8", valueEnd)}`;
        }
        if (own.length > 0) expect(spliced).toBe(untouched);
        else expect(spliced.startsWith(text.trimEnd().slice(0, -1).trimEnd())).toBe(true);
      }),
    );
  });

  test("sets every occurrence of a duplicate key, also where its name is escaped", () => {
    expect(splice('{"model":"a", "mod\\u0065l" : "b","x":{"model":1}}', { model: '"c"' })).toBe(
      '{"model":"c", "mod\\u0065l" : "c","x":{"model":1}}',
    );
  });

  test("adds what is missing at the end", () => {
    expect(splice(" { } ", { a: "1", b: "[]" })).toBe(' {"a":1,"b":[] } ');
    expect(splice('{"x": "}" }', { a: "1" })).toBe('{"x": "}","a":1 }');
  });

  test("returns the bytes themselves where nothing changes", () => {
    const bytes = Buffer.from('{"model":"a","stream":true}');
    expect(spliceJson(bytes, { model: '"a"' })).toBe(bytes);
    expect(spliceJson(bytes, {})).toBe(bytes);
  });

  test("takes a byte order mark, and a view into a larger buffer", () => {
    expect(splice('\ufeff{"model":"a"}', { model: '"b"' })).toBe('\ufeff{"model":"b"}');
    const large = Buffer.from('xx{"model":"a"}yy');
    const view = new Uint8Array(large.buffer, large.byteOffset + 2, large.length - 4);
    expect(Buffer.from(spliceJson(view, { model: '"b"' })).toString()).toBe('{"model":"b"}');
  });
});
