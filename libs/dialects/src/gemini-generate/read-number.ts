import type { JsonObject, JsonValue } from "../dialect.ts";
import { type Problems, reportProblem, reportType } from "../request-problem.ts";

// Protobuf JSON takes numbers as text too (https://protobuf.dev/programming-guides/json, seen 2026-11-22): what governs what a request may
// cost must not be missed because it was written so.

const decimal = /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/** A number or a number as text; undefined of anything else. */
export function numberOf(value: JsonValue | undefined): number | undefined {
  if (typeof value === "number") return value;
  return typeof value === "string" && value.length <= 64 && decimal.test(value) ? Number(value) : undefined;
}

/** Reads a number of a request. Absent and null give undefined; anything else that is no number is a problem. */
export function readNumber(source: JsonObject, key: string, path: string, problems: Problems): number | undefined {
  const value = source[key];
  if (value === undefined || value === null) return undefined;
  const number = numberOf(value);
  if (number !== undefined && Number.isFinite(number)) return number;
  reportType(problems, path + key, "a decimal", value);
  return undefined;
}

/** Reads a whole number of a request that is at least `min` and at most `max`. */
export function readInteger(
  source: JsonObject,
  key: string,
  path: string,
  range: { readonly min: number; readonly max: number },
  problems: Problems,
): number | undefined {
  const value = source[key];
  if (value === undefined || value === null) return undefined;
  const number = numberOf(value);
  if (number === undefined || !Number.isInteger(number)) {
    reportType(problems, path + key, "an integer", value);
    return undefined;
  }
  if (number >= range.min && number <= range.max) return number;
  reportProblem(problems, path + key, `invalid '${path}${key}': ${number}, expected ${range.min} to ${range.max}`);
  return undefined;
}
