import { type DescField, type DescMessage, getOption, hasOption, ScalarType } from "@bufbuild/protobuf";
import { type FieldRules, field as fieldRules } from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import { ConfigSchema } from "@sluice/api/sluice/config/v1/config";
import { readProtoComments } from "./proto-comments.ts";

/** A JSON Schema, or a part of one. */
export type JsonSchema = { readonly [keyword: string]: unknown };

/** What an editor should offer beside a value: a reference, which is replaced before the value is looked at. */
const reference: JsonSchema = { type: "string", pattern: "\\$\\{.+\\}" };

/**
 * The JSON Schema (draft 7, which editors know best) of `sluice.yaml`, made from the descriptors and rules of `sluice.config.v1.Config`.
 * `proto` is the text of `config.proto`, from which the descriptions come; empty: none. It says what the language has, also where this
 * release does not serve it yet.
 */
export function configJsonSchema(proto = ""): JsonSchema {
  const comments = readProtoComments(proto);
  const definitions: Record<string, JsonSchema> = {};
  const define = (message: DescMessage): void => {
    if (definitions[message.name] !== undefined) return;
    definitions[message.name] = {};
    definitions[message.name] = messageSchema(message, comments, define);
  };
  const root = messageSchema(ConfigSchema, comments, define);
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "sluice.yaml",
    ...root,
    definitions: Object.fromEntries(Object.entries(definitions).sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}

type Define = (message: DescMessage) => void;

function messageSchema(message: DescMessage, comments: ReadonlyMap<string, string>, define: Define): JsonSchema {
  const properties: Record<string, JsonSchema> = {};
  for (const field of message.fields) {
    properties[field.name] = {
      ...describe(comments.get(`${message.name}.${field.name}`)),
      ...fieldSchema(field, define),
    };
  }
  const required = message.fields.filter(isRequired).map(({ name }) => name);
  return {
    ...describe(comments.get(message.name)),
    type: "object",
    properties,
    ...(required.length > 0 ? { required } : {}),
    additionalProperties: false,
  };
}

function fieldSchema(field: DescField, define: Define): JsonSchema {
  const type = rulesOf(field)?.type;
  switch (field.fieldKind) {
    case "scalar":
      return scalarSchema(field.scalar, rulesOf(field));
    case "message":
      return referTo(field.message, define);
    case "list": {
      const rules = type?.case === "repeated" ? type.value : undefined;
      const items =
        field.listKind === "message" ? referTo(field.message, define) : scalarSchema(scalarOf(field), rules?.items);
      return {
        type: ["array", "null"],
        items,
        ...bound("minItems", rules?.minItems),
        ...bound("maxItems", rules?.maxItems),
        ...(rules?.unique === true ? { uniqueItems: true } : {}),
      };
    }
    case "map": {
      const rules = type?.case === "map" ? type.value : undefined;
      return {
        type: ["object", "null"],
        additionalProperties: scalarSchema(field.scalar ?? ScalarType.STRING, rules?.values),
        ...bound("maxProperties", rules?.maxPairs),
      };
    }
    case "enum":
      throw new TypeError(`${field}: the configuration has no enums, a text with fixed values is used instead`);
  }
}

function scalarOf(field: DescField & { readonly fieldKind: "list" }): ScalarType {
  if (field.listKind !== "scalar") throw new TypeError(`${field}: a list of ${field.listKind} has no JSON Schema`);
  return field.scalar;
}

function referTo(message: DescMessage, define: Define): JsonSchema {
  define(message);
  return { allOf: [{ $ref: `#/definitions/${message.name}` }] };
}

function scalarSchema(scalar: ScalarType, rules: FieldRules | undefined): JsonSchema {
  const type = rules?.type;
  switch (scalar) {
    case ScalarType.STRING:
      return textSchema(type?.case === "string" ? type.value : undefined);
    case ScalarType.BOOL:
      return { anyOf: [{ type: "boolean" }, reference] };
    case ScalarType.DOUBLE:
      return { anyOf: [{ type: "number", ...(type?.case === "double" ? range(type.value) : {}) }, reference] };
    case ScalarType.UINT32: {
      const rule = type?.case === "uint32" ? range(type.value) : {};
      return { anyOf: [{ type: "integer", minimum: 0, ...rule }, reference] };
    }
    case ScalarType.UINT64:
      return { anyOf: [{ type: "integer", minimum: 0 }, reference] };
    default:
      throw new TypeError(`a field of type ${scalar} has no JSON Schema`);
  }
}

interface TextRules {
  readonly pattern: string;
  readonly in: readonly string[];
  readonly minLen: bigint;
  readonly maxLen: bigint;
}

function textSchema(rules: TextRules | undefined): JsonSchema {
  const words = rules?.in.filter((word) => word !== "") ?? [];
  if (words.length > 0) return { anyOf: [{ enum: words }, reference] };
  // A number is taken as it is written.
  const type = ["string", "number"];
  const length = { ...bound("minLength", rules?.minLen), ...bound("maxLength", rules?.maxLen) };
  if (rules === undefined || rules.pattern === "") {
    return rules?.minLen === undefined || rules.minLen === 0n
      ? { type, ...length }
      : { anyOf: [{ type, ...length }, reference] };
  }
  return { anyOf: [{ type, pattern: rules.pattern, ...length }, reference] };
}

interface NumberRules {
  readonly greaterThan: { readonly case: "gt" | "gte" | undefined; readonly value?: number | undefined };
  readonly lessThan: { readonly case: "lt" | "lte" | undefined; readonly value?: number | undefined };
}

function range({ greaterThan, lessThan }: NumberRules): JsonSchema {
  return {
    ...(greaterThan.case === "gt" ? { exclusiveMinimum: greaterThan.value } : {}),
    ...(greaterThan.case === "gte" ? { minimum: greaterThan.value } : {}),
    ...(lessThan.case === "lt" ? { exclusiveMaximum: lessThan.value } : {}),
    ...(lessThan.case === "lte" ? { maximum: lessThan.value } : {}),
  };
}

/** Whether a field must be there: an empty text, number or list would break its rules. */
function isRequired(field: DescField): boolean {
  const type = rulesOf(field)?.type;
  switch (type?.case) {
    case "string": {
      const { pattern, in: words, minLen } = type.value;
      if (pattern !== "") return !new RegExp(pattern).test("");
      return words.length > 0 ? !words.includes("") : minLen > 0n;
    }
    case "repeated":
      return type.value.minItems > 0n;
    case "double":
      return type.value.greaterThan.case === "gt";
    default:
      return false;
  }
}

function rulesOf(field: DescField): FieldRules | undefined {
  return hasOption(field, fieldRules) ? getOption(field, fieldRules) : undefined;
}

function bound(keyword: string, value: bigint | undefined): JsonSchema {
  return value === undefined || value === 0n ? {} : { [keyword]: Number(value) };
}

function describe(comment: string | undefined): JsonSchema {
  return comment === undefined ? {} : { description: comment };
}
