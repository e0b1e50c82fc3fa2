import { expect, test } from "vitest";
import { createDocumentNames } from "./document-name.ts";

test.each([
  ["report", "report"],
  ["Q3 (final) [v2]-b", "Q3 (final) [v2]-b"],
  ["a.pdf", "a pdf"],
  ["Übung  für\tAnfänger.docx", "bung f r Anf nger docx"],
  ["", "Document"],
  ["日本", "Document"],
  ["x".repeat(250), "x".repeat(200)],
])("%j is called %j", (wanted, name) => {
  expect(createDocumentNames().take(wanted)).toBe(name);
});

test("no two have the same name, however long it is", () => {
  const names = createDocumentNames();
  for (const wanted of ["a", "x".repeat(200)]) {
    const taken = Array.from({ length: 12 }, () => names.take(wanted));
    expect(new Set(taken).size).toBe(12);
    for (const name of taken) expect(name).toMatch(/^[A-Za-z0-9 \-()[\]_]{1,200}$/);
  }
});
