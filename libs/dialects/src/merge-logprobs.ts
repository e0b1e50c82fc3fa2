import type { JsonValue } from "./dialect.ts";
import { isArray, isObject } from "./json.ts";

/** Log probabilities in the form of OpenAI Chat's `logprobs`: lists are appended; of anything else the later value stands. */
export function mergeLogprobs(first: JsonValue, second: JsonValue): JsonValue {
  if (!isObject(first) || !isObject(second)) return second;
  const merged: Record<string, JsonValue | undefined> = { ...first };
  for (const key in second) {
    const before = merged[key];
    const value = second[key];
    if (isArray(before) && isArray(value)) merged[key] = [...before, ...value];
    else if (value !== null && value !== undefined) merged[key] = value;
    else merged[key] ??= value;
  }
  return merged;
}
