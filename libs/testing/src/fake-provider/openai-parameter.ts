import type { ApiError } from "./api-error.ts";
import { isObject } from "./json.ts";
import { invalid, invalidType, invalidValue } from "./openai-invalid.ts";

/** What OpenAI checks of a parameter by itself. */
export interface OpenaiParameter {
  readonly kind: "decimal" | "integer" | "boolean" | "string" | "array" | "object" | "any";
  readonly min?: number;
  readonly max?: number;
  readonly values?: readonly string[];
}

/** OpenAI's complaint about one parameter by itself; null counts as absent. `name` may be a path. */
export function checkParameter(name: string, value: unknown, parameter: OpenaiParameter): ApiError | undefined {
  if (value === undefined || value === null || parameter.kind === "any") {
    return undefined;
  }
  if (!hasKind(value, parameter.kind)) {
    const article = /^[aio]/.test(parameter.kind) ? "an" : "a";
    return invalidType(name, `${article} ${parameter.kind}`, value);
  }
  if (parameter.values !== undefined && !parameter.values.includes(String(value))) {
    return invalidValue(value, parameter.values, name);
  }
  if (typeof value === "number") {
    const kind = parameter.kind;
    if (parameter.min !== undefined && value < parameter.min) {
      const message = `Invalid '${name}': ${kind} below minimum value. Expected a value >= ${parameter.min}, but got ${value} instead.`;
      return invalid(message, name, `${kind}_below_min_value`);
    }
    if (parameter.max !== undefined && value > parameter.max) {
      const message = `Invalid '${name}': ${kind} above maximum value. Expected a value <= ${parameter.max}, but got ${value} instead.`;
      return invalid(message, name, `${kind}_above_max_value`);
    }
  }
  return undefined;
}

function hasKind(value: unknown, kind: OpenaiParameter["kind"]): boolean {
  switch (kind) {
    case "decimal":
      return typeof value === "number";
    case "integer":
      return Number.isInteger(value);
    case "array":
      return Array.isArray(value);
    case "object":
      return isObject(value);
    case "any":
      return true;
    default:
      return typeof value === kind;
  }
}
