import type { JsonObject, JsonValue, RequestProblem } from "./dialect.ts";
import { describeType, isArray, isObject } from "./json.ts";

/** Keeps the first problem found while a request is read; reading goes on with what is absent. */
export type Problems = { first: RequestProblem | undefined };

export function createProblems(): Problems {
  return { first: undefined };
}

export function reportProblem(problems: Problems, parameter: string, message: string): void {
  problems.first ??= { message, parameter };
}

export function reportType(
  problems: Problems,
  parameter: string,
  expected: string,
  value: JsonValue | undefined,
): void {
  reportProblem(
    problems,
    parameter,
    value === undefined
      ? `missing required parameter: '${parameter}'`
      : `invalid type for '${parameter}': expected ${expected}, but got ${describeType(value)} instead`,
  );
}

// The readers below take a member of an object. Absent and null give undefined; a wrong type is reported and gives undefined.

export function readString(problems: Problems, source: JsonObject, key: string, path: string): string | undefined {
  const value = source[key];
  if (value === undefined || value === null) return undefined;
  if (typeof value === "string") return value;
  reportType(problems, path + key, "a string", value);
  return undefined;
}

export function readBoolean(problems: Problems, source: JsonObject, key: string, path: string): boolean | undefined {
  const value = source[key];
  if (value === undefined || value === null) return undefined;
  if (typeof value === "boolean") return value;
  reportType(problems, path + key, "a boolean", value);
  return undefined;
}

export function readNumber(
  problems: Problems,
  source: JsonObject,
  key: string,
  path: string,
  range?: { readonly min: number; readonly max: number },
): number | undefined {
  const value = source[key];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "number" || !Number.isFinite(value)) {
    reportType(problems, path + key, "a decimal", value);
    return undefined;
  }
  if (range !== undefined && !isWithin(problems, value, range, path + key, "decimal")) return undefined;
  return value;
}

export function readInteger(
  problems: Problems,
  source: JsonObject,
  key: string,
  path: string,
  range: { readonly min: number; readonly max: number },
): number | undefined {
  const value = source[key];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "number" || !Number.isInteger(value)) {
    reportType(problems, path + key, "an integer", value);
    return undefined;
  }
  return isWithin(problems, value, range, path + key, "integer") ? value : undefined;
}

export function readObject(problems: Problems, source: JsonObject, key: string, path: string): JsonObject | undefined {
  const value = source[key];
  if (value === undefined || value === null) return undefined;
  if (isObject(value)) return value;
  reportType(problems, path + key, "an object", value);
  return undefined;
}

export function readArray(
  problems: Problems,
  source: JsonObject,
  key: string,
  path: string,
): readonly JsonValue[] | undefined {
  const value = source[key];
  if (value === undefined || value === null) return undefined;
  if (isArray(value)) return value;
  reportType(problems, path + key, "an array", value);
  return undefined;
}

function isWithin(
  problems: Problems,
  value: number,
  range: { readonly min: number; readonly max: number },
  parameter: string,
  kind: string,
): boolean {
  if (value >= range.min && value <= range.max) return true;
  const [side, sign, bound] =
    value < range.min ? ["below minimum", ">=", range.min] : ["above maximum", "<=", range.max];
  reportProblem(
    problems,
    parameter,
    `invalid '${parameter}': ${kind} ${side} value, expected a value ${sign} ${bound}, but got ${value} instead`,
  );
  return false;
}
