import type { DialectName, JsonObject, JsonValue } from "../dialect.ts";

// The words of Anthropic's Messages API, version 2023-06-01, after its reference and its TypeScript SDK 1.12.0
// (platform.claude.com/docs/en/api/messages, seen 2026-11-22). Values are read from plain JSON objects; what is not named here is kept.

export const dialectName: DialectName = "anthropic.messages";

/** A JSON object being written. */
export type Draft = Record<string, JsonValue | undefined>;

/** An object with a `type`: a content block, a tool, a source, an event. */
export type Tagged = JsonObject & { readonly type: string };

export function isTagged(value: JsonValue | undefined): value is Tagged {
  return typeof value === "object" && value !== null && typeof (value as JsonObject)["type"] === "string";
}

/** The note on a request that had `output_config.effort` and no `thinking`. */
export const effortNote = "#output_config.effort";

/** Fields of a request that the hub has a place for. */
export const requestFields: ReadonlySet<string> = new Set([
  "max_tokens",
  "messages",
  "metadata",
  "model",
  "output_config",
  "output_format",
  "service_tier",
  "stop_sequences",
  "stream",
  "system",
  "temperature",
  "thinking",
  "tool_choice",
  "tools",
  "top_k",
  "top_p",
]);

/** Fields of a message or `message_start` that the hub has a place for. */
export const responseFields: ReadonlySet<string> = new Set([
  "content",
  "id",
  "model",
  "role",
  "stop_reason",
  "stop_sequence",
  "type",
  "usage",
]);

/** A block of the result of a tool that Anthropic ran. Results from MCP servers have another form and are kept as they are. */
export function isServerResultType(type: string): boolean {
  return type.endsWith("_tool_result") && type !== "mcp_tool_result";
}

/** Whether a call of a tool that a provider ran is one that Anthropic ran: no other dialect's ids begin so. */
export function isOwnServerCall(id: string): boolean {
  return id.startsWith("srvtoolu_");
}
