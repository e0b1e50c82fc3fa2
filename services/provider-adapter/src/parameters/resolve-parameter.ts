import type { JsonObject, JsonValue } from "@sluice/dialects";
import { containers, normalName } from "./changeable.ts";

/**
 * Where a parameter stands in the body that was sent, by the name that the provider gave it: in another spelling perhaps, without the objects
 * it stands in, or with the names of alternatives between (`thinking.enabled.budget_tokens`). Undefined: nowhere, or in several places, or in
 * a list.
 */
export function resolveParameter(name: string, sent: JsonObject): readonly string[] | undefined {
  const parts = name
    .replace(/^(?:\$\.|#\/|body[./])/, "")
    .split(/[./]/)
    .filter((part) => part !== "");
  if (parts.length === 0 || parts.some((part) => /[[\]]|^\d+$/.test(part))) return undefined;
  const found = walk(parts, sent);
  if (found !== undefined) return found;
  const within = Object.keys(sent).flatMap((key) => findWithin(parts, key, sent[key], 2));
  return within.length === 1 ? within[0] : undefined;
}

/** A part that is no member is passed over, but not the first and not the last. */
function walk(parts: readonly string[], body: JsonObject): readonly string[] | undefined {
  const path: string[] = [];
  let value: JsonValue | undefined = body;
  for (const [place, part] of parts.entries()) {
    const key: string | undefined = isObject(value) ? keyOf(value, part) : undefined;
    if (key === undefined) {
      if (place === 0 || place === parts.length - 1) return undefined;
      continue;
    }
    path.push(key);
    value = (value as JsonObject)[key];
  }
  return path;
}

function findWithin(
  parts: readonly string[],
  key: string,
  value: JsonValue | undefined,
  depth: number,
): readonly (readonly string[])[] {
  if (depth === 0 || !containers.has(normalName(key)) || !isObject(value)) return [];
  const found = walk(parts, value);
  if (found !== undefined) return [[key, ...found]];
  return Object.keys(value).flatMap((inner) =>
    findWithin(parts, inner, value[inner], depth - 1).map((path) => [key, ...path]),
  );
}

function keyOf(object: JsonObject, part: string): string | undefined {
  if (Object.hasOwn(object, part)) return part;
  const normal = normalName(part);
  return Object.keys(object).find((key) => normalName(key) === normal);
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
