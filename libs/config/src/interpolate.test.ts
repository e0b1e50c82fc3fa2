import { describe, expect, it } from "vitest";
import { hasReference, interpolate } from "./interpolate.ts";

const sources = {
  env: { A: "one", NESTED: `\${A}`, EMPTY: "" },
  readFile: (path: string) => {
    if (path === "secret.txt") return "from a file\r\n\n";
    throw new Error("there is no such file");
  },
};

describe("interpolate", () => {
  it.each([
    ["plain", "plain", false],
    [`\${A}`, "one", true],
    [`<\${A}|\${A}>`, "<one|one>", true],
    [`\${NESTED}`, `\${A}`, true],
    [`$\${A}`, `\${A}`, false],
    [`$\${A} \${A}`, `\${A} one`, true],
    [`\${file:secret.txt}`, "from a file\r\n", true],
    ["$A $ {A}", "$A $ {A}", false],
  ])("reads %j as %j", (text, expected, substituted) => {
    expect(interpolate(text, sources)).toEqual({ kind: "text", text: expected, substituted });
    expect(hasReference(text)).toBe(substituted);
  });

  it("names every fault", () => {
    const result = interpolate(`\${MISSING} \${file:none} \${EMPTY} \${1} \${`, sources);
    expect(result).toMatchObject({ kind: "failed", reasons: { length: 5 } });
  });
});
