import type { JsonObject } from "../dialect.ts";
import { isObject, parseJson } from "../json.ts";

export type ToolInput = { readonly input: JsonObject; readonly conversion: string | undefined };

/**
 * A call's arguments as the object that `tool_use.input` must be. No arguments are `{}`. Text that is no JSON object (a call that was cut
 * off, or a model's slip) is wrapped as Anthropic's guide on fine-grained tool streaming says, and not refused: the conversation that
 * holds it must be able to go on. (platform.claude.com/docs/en/agents-and-tools/tool-use/fine-grained-tool-streaming, seen 2026-11-22.)
 */
export function readToolInput(text: string): ToolInput {
  if (text.trim() === "") return { input: {}, conversion: undefined };
  const input = parseJson(text);
  if (isObject(input)) return { input, conversion: undefined };
  return { input: { INVALID_JSON: text }, conversion: "arguments that are no JSON object, wrapped as INVALID_JSON" };
}
