import type { ApiError } from "./api-error.ts";
import { type JsonObject, objectsOf, stringOf } from "./json.ts";
import { invalid, invalidType, listChoices } from "./openai-invalid.ts";
import type { OpenaiModel } from "./openai-models.ts";
import { checkParameter, type OpenaiParameter } from "./openai-parameter.ts";
import { checkChatMessages } from "./validate-openai-messages.ts";
import { checkChatTools } from "./validate-openai-tools.ts";

/** Parameters of POST /v1/chat/completions, as in OpenAI's API reference (openai package 7.57.0, seen 2026-11-22). */
const CHAT_PARAMETERS: Readonly<Record<string, OpenaiParameter>> = {
  messages: { kind: "array" },
  model: { kind: "string" },
  audio: { kind: "object" },
  frequency_penalty: { kind: "decimal", min: -2, max: 2 },
  function_call: { kind: "any" },
  functions: { kind: "array" },
  logit_bias: { kind: "object" },
  logprobs: { kind: "boolean" },
  max_completion_tokens: { kind: "integer", min: 1 },
  max_tokens: { kind: "integer", min: 1 },
  metadata: { kind: "object" },
  modalities: { kind: "array" },
  moderation: { kind: "object" },
  n: { kind: "integer", min: 1, max: 128 },
  parallel_tool_calls: { kind: "boolean" },
  prediction: { kind: "object" },
  presence_penalty: { kind: "decimal", min: -2, max: 2 },
  prompt_cache_key: { kind: "string" },
  prompt_cache_options: { kind: "object" },
  prompt_cache_retention: { kind: "string" },
  reasoning_effort: { kind: "string", values: ["none", "minimal", "low", "medium", "high", "xhigh", "max"] },
  response_format: { kind: "object" },
  safety_identifier: { kind: "string" },
  seed: { kind: "integer" },
  service_tier: { kind: "string", values: ["auto", "default", "flex", "scale", "priority", "fast"] },
  stop: { kind: "any" },
  store: { kind: "boolean" },
  stream: { kind: "boolean" },
  stream_options: { kind: "object" },
  temperature: { kind: "decimal", min: 0, max: 2 },
  tool_choice: { kind: "any" },
  tools: { kind: "array" },
  top_logprobs: { kind: "integer", min: 0, max: 20 },
  top_p: { kind: "decimal", min: 0, max: 1 },
  user: { kind: "string" },
  verbosity: { kind: "string", values: ["low", "medium", "high"] },
  web_search_options: { kind: "object" },
};

/** What OpenAI says to a chat request it does not accept, in its order of checks; undefined for one it accepts. */
export function validateChat(body: JsonObject, model: OpenaiModel | undefined): ApiError | undefined {
  for (const name of Object.keys(body)) {
    if (!(name in CHAT_PARAMETERS)) {
      return invalid(`Unrecognized request argument supplied: ${name}`);
    }
  }
  if (body["messages"] === undefined || body["messages"] === null) {
    return invalid("Missing required parameter: 'messages'.", "messages", "missing_required_parameter");
  }
  for (const [name, parameter] of Object.entries(CHAT_PARAMETERS)) {
    const error = checkParameter(name, body[name], parameter);
    if (error !== undefined) {
      return error;
    }
  }
  return (
    checkStop(body["stop"]) ??
    checkCombinations(body) ??
    checkModelLimits(body, model) ??
    checkChatMessages(body["messages"]) ??
    checkChatTools(body)
  );
}

function checkStop(stop: unknown): ApiError | undefined {
  if (stop === undefined || stop === null || typeof stop === "string") {
    return undefined;
  }
  if (!Array.isArray(stop)) {
    return invalidType("stop", "a string or array of strings", stop);
  }
  if (stop.length > 4) {
    const message = `Invalid 'stop': array too long. Expected an array with maximum length 4, but got an array with length ${stop.length} instead.`;
    return invalid(message, "stop", "array_above_max_length");
  }
  const wrong = stop.findIndex((entry) => typeof entry !== "string");
  return wrong === -1 ? undefined : invalidType(`stop[${wrong}]`, "a string", stop[wrong]);
}

function checkCombinations(body: JsonObject): ApiError | undefined {
  if (isSet(body["stream_options"]) && body["stream"] !== true) {
    return invalid("The 'stream_options' parameter is only allowed when 'stream' is enabled.", "stream_options");
  }
  if (isSet(body["max_tokens"]) && isSet(body["max_completion_tokens"])) {
    return invalid(
      "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.",
      "max_tokens",
      "invalid_parameter_combination",
    );
  }
  if (isSet(body["top_logprobs"]) && body["logprobs"] !== true) {
    return invalid("The 'top_logprobs' parameter is only allowed when 'logprobs' is enabled.", "top_logprobs");
  }
  return undefined;
}

function checkModelLimits(body: JsonObject, model: OpenaiModel | undefined): ApiError | undefined {
  if (model === undefined) {
    return undefined;
  }
  if (!model.reasoning) {
    return isSet(body["reasoning_effort"])
      ? invalid("Unrecognized request argument supplied: reasoning_effort")
      : undefined;
  }
  if (isSet(body["max_tokens"])) {
    return invalid(
      "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
      "max_tokens",
      "unsupported_parameter",
    );
  }
  const asked = stringOf(body["reasoning_effort"]);
  if (asked !== undefined && !model.efforts.includes(asked)) {
    return invalid(
      `Unsupported value: 'reasoning_effort' does not support '${asked}' with this model. Supported values are: ${listChoices(model.efforts)}.`,
      "reasoning_effort",
      "unsupported_value",
    );
  }
  const effort = asked ?? model.defaultEffort;
  if (effort === "none") {
    return undefined;
  }
  for (const name of ["temperature", "top_p"]) {
    if (isSet(body[name]) && body[name] !== 1) {
      const message = `Unsupported value: '${name}' does not support ${body[name]} with this model. Only the default (1) value is supported.`;
      return invalid(message, name, "unsupported_value");
    }
  }
  for (const name of ["presence_penalty", "frequency_penalty"]) {
    if (isSet(body[name]) && body[name] !== 0) {
      return unsupported(name);
    }
  }
  for (const name of ["logprobs", "top_logprobs", "logit_bias", "stop"]) {
    if (isSet(body[name]) && body[name] !== false) {
      return unsupported(name);
    }
  }
  if (model.toolsNeedEffortNone && objectsOf(body["tools"]).length > 0) {
    return invalid(
      `Function tools with reasoning_effort are not supported for ${body["model"]} in /v1/chat/completions. To use function tools, use /v1/responses or set reasoning_effort to 'none'.`,
      "reasoning_effort",
    );
  }
  return undefined;
}

function unsupported(name: string): ApiError {
  const message = `Unsupported parameter: '${name}' is not supported with this model.`;
  return invalid(message, name, "unsupported_parameter");
}

function isSet(value: unknown): boolean {
  return value !== undefined && value !== null;
}
