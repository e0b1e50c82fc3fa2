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

/** "'a', 'b', and 'c'", as OpenAI lists choices. */
export function listChoices(values: readonly string[]): string {
  const quoted = values.map((value) => `'${value}'`);
  return quoted.length < 2 ? quoted.join("") : `${quoted.slice(0, -1).join(", ")}, and ${quoted.at(-1)}`;
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
