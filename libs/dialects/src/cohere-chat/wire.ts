import type { JsonValue } from "../dialect.ts";

/** The dialect's name in protos, configuration and records. */
export const dialectName = "cohere.chat";

/** A JSON object under construction. */
export type Draft = Record<string, JsonValue | undefined>;

// Field names after the types of Cohere's own SDK (npm `cohere-ai` 8.1.0, seen 2026-11-22); whatever is not listed is kept as an extension.

/** Fields of a request that the hub governs. An extension never sets one of them. */
export const requestFields: ReadonlySet<string> = new Set([
  "model",
  "messages",
  "stream",
  "tools",
  "strict_tools",
  "tool_choice",
  "response_format",
  "max_tokens",
  "stop_sequences",
  "temperature",
  "seed",
  "frequency_penalty",
  "presence_penalty",
  "k",
  "p",
  "logprobs",
  "thinking",
]);

export const messageFields: ReadonlySet<string> = new Set([
  "role",
  "content",
  "tool_calls",
  "tool_call_id",
  "tool_plan",
  "citations",
]);

export const toolFields: ReadonlySet<string> = new Set(["type", "function"]);
export const functionFields: ReadonlySet<string> = new Set(["name", "description", "parameters"]);
export const toolCallFields: ReadonlySet<string> = new Set(["id", "type", "function"]);
export const responseFields: ReadonlySet<string> = new Set(["id", "finish_reason", "message", "usage", "logprobs"]);

/**
 * Notes that a piece of reasoning is the `tool_plan`: what the model means to do with its tools, which Cohere keeps apart from `thinking`.
 * Clients of other dialects see it as reasoning.
 */
export const toolPlanNote = "#tool_plan";

/** Notes a document of a tool's result as it was written. */
export const documentNote = "#document";
