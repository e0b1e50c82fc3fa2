import { create } from "@bufbuild/protobuf";
import { type Part, PartSchema } from "@sluice/api/sluice/chat/v1/content";
import type { JsonObject, JsonValue } from "../dialect.ts";
import { isObject, parseJson } from "../json.ts";

// What a function gave back is an object. Google reads its `output` as the result, its `error` as the failure, and else the whole of it (types of
// `@google/genai` 3.1.0, seen 2026-11-22). The hub has parts, mostly one text.

export type FunctionResult = {
  /** Undefined: it gave back nothing. */
  readonly text: string | undefined;
  readonly isError: boolean;
};

/** What an object says, as text: its one `output` or `error` where it is a text, else the object as JSON. */
export function readFunctionResult(response: JsonObject): FunctionResult {
  const keys = Object.keys(response);
  if (keys.length === 0) return { text: undefined, isError: false };
  const only = keys.length === 1 ? keys[0] : undefined;
  if (only === "output" || only === "error") {
    const value = response[only];
    return { text: typeof value === "string" ? value : JSON.stringify(value ?? null), isError: only === "error" };
  }
  return { text: JSON.stringify(response), isError: false };
}

/**
 * The object for a text: an object where the text is one, unless Google would take a member of it for something else; any other text is the
 * `output`, or the `error`.
 */
export function writeFunctionResult({ text, isError }: FunctionResult): JsonObject {
  if (text === undefined) return {};
  if (isError) return { error: text };
  const value: JsonValue | undefined = text.trimStart().startsWith("{") ? parseJson(text) : undefined;
  if (!isObject(value) || Object.keys(value).length === 0) return { output: text };
  return Object.hasOwn(value, "output") || Object.hasOwn(value, "error") ? { output: value } : value;
}

export function createTextPart(text: string): Part {
  return create(PartSchema, { kind: { case: "text", value: { text } } });
}
