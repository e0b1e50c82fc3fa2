import type { ResponseFormat } from "@sluice/api/sluice/chat/v1/chat_request";
import type { JsonObject, JsonValue } from "../dialect.ts";
import { isArray, isObject, parseJson, setMember } from "../json.ts";
import type { Crossing } from "./crossing.ts";
import type { Draft } from "./wire.ts";

const parameter = "response_format";

/**
 * `output_config.format`. Anthropic has no form for "any JSON object": it is dropped and reported, and what the prompt says of JSON
 * stands. (platform.claude.com/docs/en/build-with-claude/structured-outputs, seen 2026-11-22.)
 */
export function encodeResponseFormat(format: ResponseFormat | undefined, crossing: Crossing): JsonObject | undefined {
  switch (format?.kind.case) {
    case "jsonObject":
      crossing.changes.drop(parameter, "Anthropic takes a schema or none");
      return undefined;
    case "jsonSchema": {
      const { schemaJson, name, description } = format.kind.value;
      const parsed = parseJson(schemaJson);
      if (!isObject(parsed)) {
        crossing.refuse(parameter, "expected a JSON Schema, which is a JSON object");
        return undefined;
      }
      const schema = closeObjects(parsed, 0);
      const bent: string[] = [];
      if (name !== "" || description !== "") bent.push("output_config.format, without its name");
      if (schema !== parsed) bent.push("additionalProperties: false added, which Anthropic requires");
      if (bent.length > 0) crossing.changes.convert(parameter, bent.join("; "));
      return { type: "json_schema", schema };
    }
    default:
      return undefined;
  }
}

const maxDepth = 64;

/** The schema with every object closed that does not say whether it is. Itself where nothing is to be added. */
export function closeObjects(schema: JsonObject, depth: number): JsonObject {
  if (depth > maxDepth) return schema;
  let closed: Draft | undefined;
  if (schema["type"] === "object" && schema["additionalProperties"] === undefined) {
    closed = { ...schema, additionalProperties: false };
  }
  for (const [key, value] of Object.entries(schema)) {
    if (value === undefined || !(schemaKeys.has(key) || schemaMaps.has(key))) continue;
    const inner = schemaMaps.has(key) ? closeEach(value, depth + 1) : closeValue(value, depth + 1);
    if (inner === value) continue;
    closed ??= { ...schema };
    setMember(closed, key, inner);
  }
  return closed ?? schema;
}

const schemaKeys = new Set(["items", "anyOf", "oneOf", "allOf"]);
const schemaMaps = new Set(["properties", "$defs", "definitions"]);

function closeValue(value: JsonValue, depth: number): JsonValue {
  if (isArray(value)) {
    const closed = value.map((item) => closeValue(item, depth));
    return closed.every((item, index) => item === value[index]) ? value : closed;
  }
  return isObject(value) ? closeObjects(value, depth) : value;
}

function closeEach(value: JsonValue, depth: number): JsonValue {
  if (!isObject(value)) return value;
  const entries = Object.entries(value).map(
    ([key, member]) => [key, member === undefined ? member : closeValue(member, depth)] as const,
  );
  return entries.every(([key, member]) => member === value[key]) ? value : Object.fromEntries(entries);
}
