import { create } from "@bufbuild/protobuf";
import { type Extension, ExtensionSchema } from "@sluice/api/sluice/chat/v1/content";

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
  ["stream_options", "stream_options"],
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
  if (!extensions.some(({ dialect, field }) => dialect === other && names.has(field))) return extensions;
  return extensions.map((extension) => {
    const field = extension.dialect === other ? names.get(extension.field) : undefined;
    return field === undefined ? extension : create(ExtensionSchema, { dialect: own, field, json: extension.json });
  });
}
