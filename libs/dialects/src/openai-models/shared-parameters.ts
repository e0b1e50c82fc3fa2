import { create } from "@bufbuild/protobuf";
import { type Extension, ExtensionSchema } from "@sluice/api/sluice/chat/v1/content";
import type { JsonObject, JsonValue } from "../dialect.ts";
import { arrayOf, isObject, objectOf, parseJson } from "../json.ts";

/**
 * Parameters that OpenAI's two dialects both have and the hub has no place for: the name in Chat Completions, the path in Responses (types of
 * OpenAI's SDK 7.57.0, seen 2026-11-22).
 */
const shared: readonly (readonly [chat: string, responses: string])[] = [
  ["#end_user", "#end_user"],
  ["moderation", "moderation"],
  ["prompt_cache_key", "prompt_cache_key"],
  ["prompt_cache_options", "prompt_cache_options"],
  ["prompt_cache_retention", "prompt_cache_retention"],
  ["safety_identifier", "safety_identifier"],
  ["verbosity", "text.verbosity"],
];

const fromChat = new Map(shared);
const fromResponses = new Map(shared.map(([chat, responses]) => [responses, chat] as const));

/** The extensions with those of OpenAI's other dialect as `own` names them, where it has the same parameter. */
export function adoptOpenaiParameters(
  extensions: readonly Extension[],
  own: "openai.chat" | "openai.responses",
): readonly Extension[] {
  const [other, names] =
    own === "openai.chat" ? (["openai.responses", fromResponses] as const) : (["openai.chat", fromChat] as const);
  return extensions.map((extension) => {
    if (extension.dialect !== other) return extension;
    const field = names.get(extension.field);
    if (field !== undefined) return create(ExtensionSchema, { dialect: own, field, json: extension.json });
    const choice = extension.field === "tool_choice" ? adoptAllowedTools(parseJson(extension.json), own) : undefined;
    if (choice === undefined) return extension;
    return create(ExtensionSchema, { dialect: own, field: "tool_choice", json: JSON.stringify(choice) });
  });
}

/** A choice among some tools: `{mode, tools}` of named tools, which Chat Completions has one level deeper. Undefined: another choice. */
function adoptAllowedTools(
  choice: JsonValue | undefined,
  own: "openai.chat" | "openai.responses",
): JsonObject | undefined {
  if (!isObject(choice) || choice["type"] !== "allowed_tools") return undefined;
  const allowed = objectOf(choice["allowed_tools"]) ?? choice;
  const tools = arrayOf(allowed["tools"]).map((tool) => adoptToolName(tool, own));
  const { mode } = allowed;
  const told = { ...(mode !== undefined && { mode }), tools };
  return own === "openai.chat" ? { type: "allowed_tools", allowed_tools: told } : { type: "allowed_tools", ...told };
}

function adoptToolName(tool: JsonValue, own: "openai.chat" | "openai.responses"): JsonValue {
  if (!isObject(tool)) return tool;
  const { type } = tool;
  if (type !== "function" && type !== "custom") return tool;
  const name = tool["name"] ?? objectOf(tool[type])?.["name"];
  if (name === undefined) return tool;
  return own === "openai.chat" ? { type, [type]: { name } } : { type, name };
}
