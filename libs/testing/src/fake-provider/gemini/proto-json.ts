import { isObject, type JsonObject } from "../json.ts";

/** `any`: whatever it is, unexamined. */
type ScalarKind = "string" | "bytes" | "bool" | "int32" | "int64" | "float" | "struct" | "any";

/** What a field of a message holds. */
export type FieldKind =
  | ScalarKind
  | { readonly message: () => Message }
  | { readonly list: FieldKind }
  | { readonly map: FieldKind }
  | { readonly enumName: string; readonly values: readonly string[] };

/** A protobuf message: its fields by their JSON names. */
export interface Message {
  readonly name: string;
  readonly fields: Readonly<Record<string, FieldKind>>;
}

/** What Google says of one field. Without `field`: of the request itself. */
export interface FieldViolation {
  readonly field?: string;
  readonly description: string;
}

export interface ReadMessage {
  /** Known fields under their JSON names, whether they came as camelCase or snake_case; a list where one is due. */
  readonly value: JsonObject;
  readonly violations: readonly FieldViolation[];
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  string: "TYPE_STRING",
  bytes: "TYPE_BYTES",
  bool: "TYPE_BOOL",
  int32: "TYPE_INT32",
  int64: "TYPE_INT64",
  float: "TYPE_FLOAT",
  struct: "type.googleapis.com/google.protobuf.Struct",
};

/**
 * Reads JSON as protobuf's JSON mapping does, with Google's words for what does not fit. Every violation is found, as
 * Google reports all of them. Absent and null are alike.
 */
export function readMessage(json: JsonObject, message: Message): ReadMessage {
  const violations: FieldViolation[] = [];
  const value = readFields(json, message, "", violations);
  return { value, violations };
}

function readFields(json: JsonObject, message: Message, path: string, violations: FieldViolation[]): JsonObject {
  const value: Record<string, unknown> = {};
  for (const [name, inner] of Object.entries(json)) {
    const known = name in message.fields ? name : camelCase(name);
    const kind = message.fields[known];
    if (kind === undefined) {
      violations.push(unknownName(name, path, "Cannot find field."));
    } else if (inner !== null && inner !== undefined) {
      value[known] = readField(inner, kind, name, path, violations);
    }
  }
  return value;
}

function readField(
  inner: unknown,
  kind: FieldKind,
  name: string,
  parent: string,
  violations: FieldViolation[],
): unknown {
  const path = parent === "" ? snakeCase(name) : `${parent}.${snakeCase(name)}`;
  if (typeof kind === "object" && "list" in kind) {
    // One where a list is due counts as a list of one.
    return Array.isArray(inner)
      ? inner.map((entry, at) => readValue(entry, kind.list, `${path}[${at}]`, violations))
      : [readValue(inner, kind.list, path, violations)];
  }
  if (Array.isArray(inner) && kind !== "any") {
    violations.push(unknownName(name, parent, "Proto field is not repeating, cannot start list."));
    return undefined;
  }
  return readValue(inner, kind, path, violations);
}

function readValue(inner: unknown, kind: FieldKind, path: string, violations: FieldViolation[]): unknown {
  if (typeof kind === "string") {
    const problem = problemOfScalar(inner, kind, path);
    if (problem !== undefined) {
      violations.push({ field: path, description: problem });
    }
    return inner;
  }
  if ("message" in kind) {
    const message = kind.message();
    if (!isObject(inner)) {
      violations.push({ field: path, description: invalidValue(path, typeUrl(message.name), inner) });
      return {};
    }
    return readFields(inner, message, path, violations);
  }
  if ("map" in kind) {
    if (!isObject(inner)) {
      violations.push({ field: path, description: invalidValue(path, "Map", inner) });
      return {};
    }
    return Object.fromEntries(
      Object.entries(inner).map(([key, entry], at) => [
        key,
        readValue(entry, kind.map, `${path}[${at}].value`, violations),
      ]),
    );
  }
  if ("enumName" in kind && !kind.values.includes(String(inner).toUpperCase())) {
    violations.push({ field: path, description: invalidValue(path, typeUrl(kind.enumName), inner) });
  }
  return "enumName" in kind ? String(inner).toUpperCase() : inner;
}

function problemOfScalar(inner: unknown, kind: ScalarKind, path: string): string | undefined {
  if (kind === "bytes" && typeof inner === "string" && !isBase64(inner)) {
    return `Invalid value at '${path}' (TYPE_BYTES), Base64 decoding failed for ${JSON.stringify(inner)}`;
  }
  return hasKind(inner, kind) ? undefined : invalidValue(path, TYPE_NAMES[kind] ?? kind, inner);
}

function hasKind(inner: unknown, kind: ScalarKind): boolean {
  switch (kind) {
    case "string":
    case "bytes":
      return typeof inner === "string";
    case "bool":
      return typeof inner === "boolean";
    case "int32":
    case "int64":
      return inner !== "" && Number.isInteger(typeof inner === "string" ? Number(inner) : inner);
    case "float":
      return inner !== "" && Number.isFinite(typeof inner === "string" ? Number(inner) : inner);
    case "struct":
      return isObject(inner);
    case "any":
      return true;
  }
}

function isBase64(text: string): boolean {
  return /^[A-Za-z0-9+/_-]*={0,2}$/.test(text) && text.replace(/=+$/, "").length % 4 !== 1;
}

function unknownName(name: string, path: string, why: string): FieldViolation {
  const where = path === "" ? "" : ` at '${path}'`;
  const description = `Invalid JSON payload received. Unknown name ${JSON.stringify(name)}${where}: ${why}`;
  return path === "" ? { description } : { field: path, description };
}

function invalidValue(path: string, type: string, inner: unknown): string {
  return `Invalid value at '${path}' (${type}), ${JSON.stringify(inner)}`;
}

function typeUrl(name: string): string {
  return `type.googleapis.com/google.ai.generativelanguage.v1beta.${name}`;
}

function camelCase(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
