import { expect, test } from "vitest";
import { createJsonArrayWriter } from "./json-array-writer.ts";

function write(...pieces: string[]): string {
  const writer = createJsonArrayWriter();
  return pieces.map((piece) => writer.elements(Buffer.from(piece)).toString()).join("") + writer.end().toString();
}

test("events become the elements of one array, however they come", () => {
  const expected = [{ a: 1 }, { b: "ü" }, { c: 3 }];
  const events = expected.map((element) => `data: ${JSON.stringify(element)}\n\n`);
  expect(JSON.parse(write(...events))).toEqual(expected);
  expect(JSON.parse(write(events.join("")))).toEqual(expected);
});

test("a stream of nothing is an empty array", () => {
  expect(write()).toBe("[]");
});
