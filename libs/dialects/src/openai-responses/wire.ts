import type { JsonObject, JsonValue } from "../dialect.ts";

// The words of OpenAI's Responses API, after the types of its own SDK (npm `openai` 7.57.0, seen 2026-11-22). What is not named here is kept.

/** The dialect's name in protos, configuration and records. */
export const dialectName = "openai.responses";

/** The maker whose place `encrypted_content` is. */
export const ownSigner = "openai";

/** A JSON object being written. */
export type Draft = Record<string, JsonValue | undefined>;

/** Fields of a request that the hub governs. An extension never sets one of them. */
export const requestFields: ReadonlySet<string> = new Set([
  "include",
  "input",
  "instructions",
  "max_output_tokens",
  "model",
  "parallel_tool_calls",
  "reasoning",
  "service_tier",
  "stream",
  "temperature",
  "text",
  "tools",
  "top_logprobs",
  "top_p",
  "user",
]);

/** Fields that the hub carries in part: an extension keeps the rest, and replaces what the hub's part would say. */
export const partlyCarriedFields: ReadonlySet<string> = new Set(["metadata", "tool_choice"]);

/** Values of `include` that the hub carries: log probabilities, and reasoning that can be sent back. */
export const includeLogprobs = "message.output_text.logprobs";
export const includeEncryptedReasoning = "reasoning.encrypted_content";

/** Fields of a response that the hub governs. */
export const responseFields: ReadonlySet<string> = new Set([
  "created_at",
  "id",
  "incomplete_details",
  "model",
  "object",
  "output",
  "service_tier",
  "status",
  "usage",
]);

/**
 * Fields of a response that repeat the request or keep its books. They are noted together: nothing is lost where another dialect has no place
 * for them.
 */
export const repeatedFields: ReadonlySet<string> = new Set([
  "background",
  "completed_at",
  "error",
  "frequency_penalty",
  "instructions",
  "max_output_tokens",
  "max_tool_calls",
  "metadata",
  "output_text",
  "parallel_tool_calls",
  "presence_penalty",
  "previous_response_id",
  "prompt_cache_key",
  "prompt_cache_options",
  "prompt_cache_retention",
  "reasoning",
  "safety_identifier",
  "store",
  "temperature",
  "text",
  "tool_choice",
  "tools",
  "top_logprobs",
  "top_p",
  "truncation",
  "user",
]);

/** Members of items that the hub has a place for, or that keep its books, by the item's type. */
export const messageFields: ReadonlySet<string> = new Set(["type", "role", "content", "phase"]);
export const callFields: ReadonlySet<string> = new Set([
  "type",
  "id",
  "call_id",
  "name",
  "arguments",
  "input",
  "status",
]);
export const outputFields: ReadonlySet<string> = new Set(["type", "call_id", "output"]);
export const reasoningFields: ReadonlySet<string> = new Set([
  "type",
  "id",
  "summary",
  "content",
  "encrypted_content",
  "status",
]);
export const functionFields: ReadonlySet<string> = new Set(["type", "name", "description", "parameters", "strict"]);
export const customToolFields: ReadonlySet<string> = new Set(["type", "name", "description", "format"]);

/** The type of an item; a message may leave it out. */
export function itemType(item: JsonObject): string | undefined {
  const type = item["type"];
  if (typeof type === "string") return type;
  return typeof item["role"] === "string" ? "message" : undefined;
}
