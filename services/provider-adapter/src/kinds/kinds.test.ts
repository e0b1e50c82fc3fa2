import { describe, expect, test } from "vitest";
import { kindNames, kinds } from "./kinds.ts";
import { fillTemplate, resolvePath } from "./resolve-endpoints.ts";

const placeholders = (text: string): string[] => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name as string);

test("there are the kinds that clients of gateways ask for, and more", () => {
  expect(kindNames.length).toBeGreaterThanOrEqual(45);
});

describe.each(kindNames)("%s", (name) => {
  const kind = kinds[name];
  const values = Object.fromEntries((kind.values ?? []).map((value) => [value.name, "acme"]));
  const known = { ...values, ...kind.derive?.(values) };
  const endpoints = [...kind.endpoints, ...(kind.embeddings ?? []), ...(kind.counting ?? [])];

  test("has an address that is whole once its values are known, over TLS unless it is this machine's", () => {
    if (kind.baseUrl === undefined) return;
    const filled = fillTemplate(kind.baseUrl, known);
    const url = new URL(filled ?? "unresolved");
    expect(url.protocol === "https:" || url.hostname === "127.0.0.1").toBe(true);
    expect(url.pathname.endsWith("/") && url.pathname !== "/").toBe(false);
  });

  test("has endpoints whose paths are whole once its values are known", () => {
    expect(endpoints.length).toBeGreaterThan(0);
    for (const endpoint of endpoints) {
      const path = resolvePath("/v1", endpoint.path, known);
      expect(path, endpoint.path).toMatch(/^\/[^\s]+$/);
      expect(placeholders(path ?? "").filter((left) => left !== "model" && left !== "operation")).toEqual([]);
    }
    for (const { path, to } of kind.forward ?? []) {
      expect(path).toMatch(/^\/[a-z/*]+$/);
      if (to !== undefined) expect(to.endsWith("*")).toBe(path.endsWith("*"));
    }
  });

  test("uses every value that it asks for", () => {
    const used = new Set([kind.baseUrl ?? "", ...endpoints.map(({ path }) => path)].flatMap(placeholders));
    const derived = kind.derive === undefined ? [] : Object.keys(kind.derive(values));
    const unused = Object.keys(values).filter((value) => !used.has(value));
    expect(derived.some((value) => used.has(value)) ? [] : unused).toEqual([]);
  });

  test("names variables as environments have them, none twice", () => {
    const variables = [
      ...kind.keyVariables,
      ...kind.baseUrlVariables,
      ...(kind.values ?? []).flatMap((value) => value.variables),
    ];
    for (const variable of variables) expect(variable).toMatch(/^[A-Z][A-Z0-9_]+$/);
    expect(new Set(variables).size).toBe(variables.length);
  });

  test("says where it is known from, and when that was seen", () => {
    for (const source of kind.sources) expect(new URL(source).protocol).toBe("https:");
    expect(kind.seen).toMatch(/^2026-\d\d-\d\d$/);
    for (const rule of Object.values(kind.rules ?? {}).flat()) {
      expect(rule.source).toMatch(/, seen 2026-\d\d-\d\d$/);
      expect(rule.path.length).toBeGreaterThan(0);
    }
  });

  test("shows a key in lower-case headers", () => {
    const headers = kind.keyHeaders("secret");
    expect(headers.length % 2).toBe(0);
    expect(headers.join(" ")).toContain("secret");
    expect(headers.filter((_, place) => place % 2 === 0)).toEqual(
      headers.filter((_, place) => place % 2 === 0).map((header) => header.toLowerCase()),
    );
  });
});

test("no variable of a key makes two providers be there", () => {
  const owners = new Map<string, string[]>();
  for (const name of kindNames) {
    for (const variable of kinds[name].presenceVariables ?? kinds[name].keyVariables) {
      owners.set(variable, [...(owners.get(variable) ?? []), name]);
    }
  }
  expect([...owners].filter(([, names]) => names.length > 1)).toEqual([]);
});
