import type { JsonObject } from "../dialect.ts";
import { isObject, parseJson } from "../json.ts";

export type CallArguments = { readonly args: JsonObject; readonly conversion: string | undefined };

/**
 * A call's arguments as the object that `args` must be. No arguments are `{}`. Text that is no JSON object (a call that was cut off, or a model's
 * slip) is wrapped and not refused: the conversation that holds it must be able to go on.
 */
export function readCallArguments(text: string): CallArguments {
  if (text.trim() === "") return { args: {}, conversion: undefined };
  const args = parseJson(text);
  if (isObject(args)) return { args, conversion: undefined };
  return { args: { INVALID_JSON: text }, conversion: "arguments that are no JSON object, wrapped as INVALID_JSON" };
}
