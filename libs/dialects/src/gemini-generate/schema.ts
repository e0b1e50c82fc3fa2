import type { JsonObject, JsonValue } from "../dialect.ts";
import { isArray, isObject } from "../json.ts";
import { camelize } from "./camel-case.ts";
import { numberOf } from "./read-number.ts";
import type { Draft } from "./wire.ts";

// Two kinds of schema. Google's own (`parameters`, `responseSchema`) is a subset of OpenAPI 3.0's: types in upper case, `nullable`, lengths
// as text. JSON Schema goes in `parametersJsonSchema` and `responseJsonSchema`, of which Google heeds a part. (Types of `@google/genai` 3.1.0,
// seen 2026-11-22.) All models since 2.0 take JSON Schema (recorded requests of gemini-2.0-flash), so it is what is sent.

const maxDepth = 64;

/** Lengths and counts, which protobuf writes as text. */
const counts: ReadonlySet<string> = new Set([
  "minItems",
  "maxItems",
  "minLength",
  "maxLength",
  "minProperties",
  "maxProperties",
]);

/** Google's own schema as JSON Schema. What is beyond the depth that is read stays as it is. */
export function toJsonSchema(schema: JsonObject, depth = 0): JsonObject {
  if (depth > maxDepth) return schema;
  const source = camelize(schema);
  const converted: Draft = {};
  for (const key in source) {
    const value = source[key];
    if (value === undefined || value === null) continue;
    switch (key) {
      case "type":
        if (value !== "TYPE_UNSPECIFIED") converted["type"] = typeof value === "string" ? value.toLowerCase() : value;
        break;
      case "nullable":
        break;
      case "format":
        // Google's mark of a text that is one of a list; `enum` says the same.
        if (value !== "enum") converted["format"] = value;
        break;
      case "example":
        converted["examples"] = [value];
        break;
      case "properties":
        converted["properties"] = isObject(value) ? mapMembers(value, depth + 1) : value;
        break;
      case "items":
        converted["items"] = isObject(value) ? toJsonSchema(value, depth + 1) : value;
        break;
      case "anyOf":
        converted["anyOf"] = isArray(value)
          ? value.map((entry) => (isObject(entry) ? toJsonSchema(entry, depth + 1) : entry))
          : value;
        break;
      default:
        converted[key] = counts.has(key) ? (numberOf(value) ?? value) : value;
    }
  }
  return source["nullable"] === true ? makeNullable(converted) : converted;
}

function mapMembers(members: JsonObject, depth: number): JsonObject {
  return Object.fromEntries(
    Object.entries(members).map(([name, value]) => [name, isObject(value) ? toJsonSchema(value, depth) : value]),
  );
}

function makeNullable(schema: Draft): JsonObject {
  const { type, anyOf } = schema;
  if (typeof type === "string") {
    const values = schema["enum"];
    return {
      ...schema,
      type: [type, "null"],
      ...(isArray(values) && !values.includes(null) ? { enum: [...values, null] } : {}),
    };
  }
  return isArray(anyOf) ? { ...schema, anyOf: [...anyOf, { type: "null" }] } : schema;
}

export type FittedSchema = {
  readonly schema: JsonObject;
  /** What was bent or will not be heeded, for a person. Empty: nothing. */
  readonly changes: readonly string[];
};

/** What Google heeds, or what says nothing that an answer could break. */
const heeded: ReadonlySet<string> = new Set([
  "$id",
  "$defs",
  "$ref",
  "$anchor",
  "type",
  "format",
  "title",
  "description",
  "enum",
  "items",
  "prefixItems",
  "minItems",
  "maxItems",
  "minimum",
  "maximum",
  "anyOf",
  "oneOf",
  "properties",
  "additionalProperties",
  "required",
  "propertyOrdering",
  "$schema",
  "$comment",
  "default",
  "examples",
  "deprecated",
  "readOnly",
  "writeOnly",
]);

const schemaMembers: ReadonlySet<string> = new Set(["items", "additionalProperties"]);
const schemaLists: ReadonlySet<string> = new Set(["anyOf", "oneOf", "prefixItems"]);
const schemaMaps: ReadonlySet<string> = new Set(["properties", "$defs"]);

/**
 * A JSON Schema as Google takes it: `const` becomes an `enum` of one, which it heeds. Whatever it does not heed is sent all the same, and
 * named.
 */
export function fitJsonSchema(schema: JsonObject): FittedSchema {
  const ignored = new Set<string>();
  let converted = false;

  function fit(value: JsonValue, depth: number): JsonValue {
    if (!isObject(value) || depth > maxDepth) return value;
    const fitted: Draft = {};
    for (const key of Object.keys(value)) {
      const member = value[key];
      if (member === undefined) continue;
      if (key === "const" && (typeof member === "string" || typeof member === "number")) {
        fitted["enum"] = [member];
        converted = true;
      } else if (schemaMembers.has(key)) fitted[key] = fit(member, depth + 1);
      else if (schemaLists.has(key) && isArray(member)) fitted[key] = member.map((entry) => fit(entry, depth + 1));
      else if (schemaMaps.has(key) && isObject(member)) {
        fitted[key] = Object.fromEntries(
          Object.entries(member).map(([name, entry]) => [name, entry === undefined ? entry : fit(entry, depth + 1)]),
        );
      } else {
        if (!heeded.has(key)) ignored.add(key);
        Object.defineProperty(fitted, key, { value: member, enumerable: true, configurable: true, writable: true });
      }
    }
    return fitted;
  }

  const fitted = fit(schema, 0) as JsonObject;
  const changes: string[] = [];
  if (converted) changes.push("const sent as an enum of one");
  if (ignored.size > 0) changes.push(`not enforced by Google: ${[...ignored].sort().join(", ")}`);
  return { schema: converted ? fitted : schema, changes };
}
