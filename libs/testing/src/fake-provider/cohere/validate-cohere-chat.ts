import type { ApiError } from "../api-error.ts";
import { isObject, type JsonObject, objectsOf, stringOf } from "../json.ts";
import { cohereError, invalidRequest, unknownField } from "./cohere-error.ts";
import type { CohereModel } from "./cohere-models.ts";

/** Parameters of POST /v2/chat (cohere-ai 8.1.0, seen 2026-11-22). */
const PARAMETERS = [
  "model",
  "messages",
  "stream",
  "tools",
  "strict_tools",
  "documents",
  "citation_options",
  "response_format",
  "safety_mode",
  "max_tokens",
  "stop_sequences",
  "temperature",
  "seed",
  "frequency_penalty",
  "presence_penalty",
  "k",
  "p",
  "logprobs",
  "tool_choice",
  "thinking",
  "priority",
];

const RANGES: Readonly<Record<string, readonly [number, number]>> = {
  temperature: [0, 1],
  frequency_penalty: [0, 1],
  presence_penalty: [0, 1],
  p: [0, 0.99],
  k: [0, 500],
  priority: [0, 999],
};

/** Content part types each role may have. */
const PARTS: Readonly<Record<string, readonly string[]>> = {
  user: ["text", "image_url"],
  assistant: ["text", "thinking"],
  system: ["text"],
  tool: ["text", "document"],
};

/** What Cohere says to a chat request it does not accept; undefined for one it accepts. */
export function validateCohereChat(body: JsonObject, model: CohereModel | undefined): ApiError | undefined {
  return (
    unknownField(Object.keys(body), PARAMETERS) ??
    checkRanges(body) ??
    checkMessages(body["messages"]) ??
    checkTools(body) ??
    checkThinking(body["thinking"], model) ??
    checkFormat(body)
  );
}

function checkRanges(body: JsonObject): ApiError | undefined {
  for (const [name, [min, max]] of Object.entries(RANGES)) {
    const value = body[name];
    if (value === undefined || value === null) {
      continue;
    }
    if (typeof value !== "number") {
      return cohereError(
        422,
        `invalid type: parameter ${name} is of type ${typeof value} but should be of type number`,
      );
    }
    if (value < min || value > max) {
      const shown = name === "temperature" ? "1.0" : String(max);
      return invalidRequest(`${name} must be between ${min} and ${shown} inclusive.`);
    }
  }
  const limit = body["max_tokens"];
  if (limit !== undefined && limit !== null && (!Number.isInteger(limit) || Number(limit) < 0)) {
    return invalidRequest("max_tokens must be greater than or equal to 0.");
  }
  return Array.isArray(body["stop_sequences"]) && body["stop_sequences"].length > 5
    ? invalidRequest("stop_sequences must have at most 5 elements.")
    : undefined;
}

function checkMessages(messages: unknown): ApiError | undefined {
  if (!Array.isArray(messages) || messages.length === 0) {
    return invalidRequest("messages must contain at least one message");
  }
  for (const [at, message] of messages.entries()) {
    const error = isObject(message)
      ? checkMessage(message, at)
      : cohereError(422, `invalid type: parameter messages[${at}] should be of type object`);
    if (error !== undefined) {
      return error;
    }
  }
  return checkToolAnswers(objectsOf(messages));
}

function checkMessage(message: JsonObject, at: number): ApiError | undefined {
  const role = stringOf(message["role"]) ?? "";
  const allowed = PARTS[role];
  if (allowed === undefined) {
    return invalidRequest(
      `messages[${at}].role must be one of the following values: 'user', 'assistant', 'system', 'tool' - received '${role}'`,
    );
  }
  if (role === "tool" && typeof message["tool_call_id"] !== "string") {
    return invalidRequest(`messages[${at}].tool_call_id must be provided`);
  }
  const { content } = message;
  if (content === undefined || content === null) {
    const calls = objectsOf(message["tool_calls"]).length > 0;
    return role === "assistant" && calls ? undefined : invalidRequest(`messages[${at}].content must be provided`);
  }
  if (typeof content === "string") {
    return undefined;
  }
  const wrong = objectsOf(content).findIndex((part) => !allowed.includes(String(part["type"])));
  return wrong === -1
    ? undefined
    : invalidRequest(
        `messages[${at}].content[${wrong}].type must be one of the following values: ${allowed.map((type) => `'${type}'`).join(", ")}`,
      );
}

function checkToolAnswers(messages: readonly JsonObject[]): ApiError | undefined {
  let open = new Set<string>();
  for (const message of [...messages, { role: "end" }]) {
    if (message["role"] === "tool") {
      const id = String(message["tool_call_id"]);
      if (!open.delete(id)) {
        return invalidRequest(`tool message with tool_call_id '${id}' does not match any tool call of the turn before`);
      }
      continue;
    }
    if (open.size > 0) {
      return invalidRequest(
        `An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The following tool_call_ids did not have response messages: ${[...open].join(", ")}`,
      );
    }
    const calls = message["role"] === "assistant" ? objectsOf(message["tool_calls"]) : [];
    open = new Set(calls.map((call) => String(call["id"])));
  }
  return undefined;
}

function checkTools(body: JsonObject): ApiError | undefined {
  const tools = objectsOf(body["tools"]);
  for (const [at, tool] of tools.entries()) {
    const offered = isObject(tool["function"]) ? tool["function"] : {};
    const name = stringOf(offered["name"]);
    if (tool["type"] !== "function" || name === undefined) {
      return invalidRequest(`tools[${at}] must be of type 'function' and have a function with a name`);
    }
    if (!/^[a-zA-Z_][a-zA-Z0-9_-]*$/.test(name)) {
      return invalidRequest(`tools[${at}].function.name is not a valid name - received '${name}'`);
    }
    if (!isObject(offered["parameters"])) {
      return invalidRequest(`tools[${at}].function.parameters must be provided`);
    }
  }
  const choice = body["tool_choice"];
  if (choice === undefined || choice === null) {
    return undefined;
  }
  if (choice !== "REQUIRED" && choice !== "NONE") {
    return invalidRequest("tool_choice must be one of the following values: 'REQUIRED', 'NONE'");
  }
  return tools.length === 0 ? invalidRequest("tool_choice can only be specified when tools are provided") : undefined;
}

function checkThinking(thinking: unknown, model: CohereModel | undefined): ApiError | undefined {
  if (!isObject(thinking)) {
    return undefined;
  }
  if (thinking["type"] !== "enabled" && thinking["type"] !== "disabled") {
    return invalidRequest("thinking.type must be one of the following values: 'enabled', 'disabled'");
  }
  return model?.thinks === false && thinking["type"] === "enabled"
    ? invalidRequest("thinking is not supported with the provided model")
    : undefined;
}

function checkFormat(body: JsonObject): ApiError | undefined {
  const format = body["response_format"];
  if (!isObject(format)) {
    return undefined;
  }
  if (format["type"] !== "text" && format["type"] !== "json_object") {
    return invalidRequest("response_format.type must be one of the following values: 'text', 'json_object'");
  }
  const withTools = objectsOf(body["tools"]).length > 0 || objectsOf(body["documents"]).length > 0;
  return format["type"] === "json_object" && withTools
    ? invalidRequest("response_format is not supported with RAG or tool use")
    : undefined;
}
