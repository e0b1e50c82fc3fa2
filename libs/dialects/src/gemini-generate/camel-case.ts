import type { JsonObject, JsonValue } from "../dialect.ts";
import { isArray, isObject } from "../json.ts";
import { type Problems, reportProblem } from "../request-problem.ts";

/**
 * The object with its own members in camel case, those of members left alone; itself where nothing is to be changed. Google's protobuf JSON
 * takes both `maxOutputTokens` and `max_output_tokens` (https://protobuf.dev/programming-guides/json, seen 2026-11-22; recorded requests of
 * Google's Python SDK have both). A member said in both ways is a problem: readers could differ in which of them they take.
 */
export function camelize(source: JsonObject, path = "", problems?: Problems): JsonObject {
  let copy: Record<string, JsonValue | undefined> | undefined;
  for (const key in source) {
    if (!key.includes("_")) continue;
    const name = toCamelCase(key);
    if (name === key) continue;
    copy ??= { ...source };
    delete copy[key];
    if (Object.hasOwn(source, name)) {
      if (problems !== undefined) {
        reportProblem(
          problems,
          path + name,
          `'${path}${name}' is said twice, the second time as '${key.slice(0, 64)}'`,
        );
      }
    } else copy[name] = source[key];
  }
  return copy ?? source;
}

/** `max_output_tokens` as `maxOutputTokens`; other names as they are. */
export function toCamelCase(key: string): string {
  return /^[a-z][a-z0-9]*(?:_[a-z0-9]+)+$/.test(key)
    ? key.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
    : key;
}

/** The object in camel case; undefined where it is none. */
export function messageOf(value: JsonValue | undefined, path = "", problems?: Problems): JsonObject | undefined {
  return isObject(value) ? camelize(value, path, problems) : undefined;
}

/** A repeated field: a list, or one object in place of a list of one, which Google takes too. */
export function repeatedOf(value: JsonValue | undefined): readonly JsonValue[] | undefined {
  if (isArray(value)) return value;
  return isObject(value) ? [value] : undefined;
}
