/** The dialect's name in protos, configuration and records. */
export const dialectName = "openai.chat";

// Field names after the types of OpenAI's own SDK (npm `openai` 7.57.0, seen 2026-11-22); whatever is not listed is kept as an extension.
// The fields of compatible providers are those that the hub has a place for.

/** Fields of a request that the hub governs. An extension never sets one of them. */
export const requestFields: ReadonlySet<string> = new Set([
  "model",
  "messages",
  "stream",
  "max_tokens",
  "max_completion_tokens",
  "n",
  "tools",
  "functions",
  "function_call",
  "parallel_tool_calls",
  "temperature",
  "top_p",
  "top_k",
  "frequency_penalty",
  "presence_penalty",
  "stop",
  "seed",
  "logit_bias",
  "logprobs",
  "top_logprobs",
  "reasoning_effort",
  "service_tier",
  "user",
  "modalities",
]);

/** Fields that the hub carries in part: an extension keeps the rest, and replaces what the hub's part would say. */
export const partlyCarriedFields: ReadonlySet<string> = new Set([
  "stream_options",
  "tool_choice",
  "response_format",
  "reasoning",
  "metadata",
  "safety_identifier",
]);

export const messageFields: ReadonlySet<string> = new Set([
  "role",
  "content",
  "name",
  "refusal",
  "tool_calls",
  "tool_call_id",
  "function_call",
  "audio",
  "images",
  "annotations",
  "reasoning",
  "reasoning_content",
  "reasoning_details",
]);

export const toolCallFields: ReadonlySet<string> = new Set([
  "id",
  "type",
  "index",
  "function",
  "custom",
  "extra_content",
]);

export const toolFields: ReadonlySet<string> = new Set(["type", "function", "custom", "cache_control"]);
export const functionFields: ReadonlySet<string> = new Set(["name", "description", "parameters", "strict"]);
export const customToolFields: ReadonlySet<string> = new Set(["name", "description", "format"]);

export const responseFields: ReadonlySet<string> = new Set([
  "id",
  "object",
  "created",
  "model",
  "choices",
  "usage",
  "system_fingerprint",
  "service_tier",
]);

/** `obfuscation` pads a chunk to a random length against eavesdroppers: it says nothing. */
export const chunkFields: ReadonlySet<string> = new Set([...responseFields, "obfuscation"]);

export const choiceFields: ReadonlySet<string> = new Set([
  "index",
  "message",
  "delta",
  "finish_reason",
  "logprobs",
  "stop_reason",
]);

/**
 * Ids of calls made in the deprecated `function_call` form, which has none, begin so. The hub needs an id; by its beginning the call
 * finds back into its form.
 */
export const legacyCallPrefix = "legacy_function_call_";
