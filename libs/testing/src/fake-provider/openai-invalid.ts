import type { ApiError } from "./api-error.ts";

/** A 400 in OpenAI's terms. */
export function invalid(message: string, param?: string, code?: string): ApiError {
  return {
    status: 400,
    type: "invalid_request_error",
    message,
    ...(param !== undefined && { param }),
    ...(code !== undefined && { code }),
  };
}

export function invalidType(param: string, expected: string, value: unknown): ApiError {
  return invalid(
    `Invalid type for '${param}': expected ${expected}, but got ${describeType(value)} instead.`,
    param,
    "invalid_type",
  );
}

/** "'a' and 'b'", or "'a', 'b', and 'c'", as OpenAI lists choices. */
export function listChoices(values: readonly string[]): string {
  const quoted = values.map((value) => `'${value}'`);
  return quoted.length < 3 ? quoted.join(" and ") : `${quoted.slice(0, -1).join(", ")}, and ${quoted.at(-1)}`;
}

function describeType(value: unknown): string {
  if (value === null) {
    return "null";
  }
  if (Array.isArray(value)) {
    return "an array";
  }
  if (typeof value === "number") {
    return Number.isInteger(value) ? "an integer" : "a decimal number";
  }
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

export function missing(param: string): ApiError {
  return invalid(`Missing required parameter: '${param}'.`, param, "missing_required_parameter");
}

export function invalidValue(value: unknown, values: readonly string[], param: string): ApiError {
  return invalid(`Invalid value: '${value}'. Supported values are: ${listChoices(values)}.`, param, "invalid_value");
}

/** What POST /v1/responses and newer APIs say to a parameter they do not know. */
export function unknownParameter(param: string): ApiError {
  return invalid(`Unknown parameter: '${param}'.`, param, "unknown_parameter");
}
