import type { ApiError } from "./api-error.ts";
import { isObject, type JsonObject, objectsOf, stringOf } from "./json.ts";
import { invalid, invalidType, listChoices } from "./openai-invalid.ts";

const ROLES = ["system", "assistant", "user", "function", "tool", "developer"] as const;

/** Content part types each role may have. */
const PARTS: Readonly<Record<string, readonly string[]>> = {
  system: ["text"],
  developer: ["text"],
  tool: ["text"],
  assistant: ["text", "refusal"],
  user: ["text", "image_url", "input_audio", "file"],
};

/** Checks each message by itself, then that every tool call has its answers right after it and the other way round. */
export function checkChatMessages(messages: unknown): ApiError | undefined {
  if (!Array.isArray(messages)) {
    return invalidType("messages", "an array of objects", messages);
  }
  if (messages.length === 0) {
    return invalid(
      "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an empty array instead.",
      "messages",
      "empty_array",
    );
  }
  for (const [at, message] of messages.entries()) {
    if (!isObject(message)) {
      return invalidType(`messages[${at}]`, "an object", message);
    }
    const error = checkMessage(message, `messages[${at}]`);
    if (error !== undefined) {
      return error;
    }
  }
  return checkToolAnswers(messages);
}

function checkMessage(message: JsonObject, path: string): ApiError | undefined {
  const role = message["role"];
  if (role === undefined) {
    return invalid(`Missing required parameter: '${path}.role'.`, `${path}.role`, "missing_required_parameter");
  }
  if (!ROLES.includes(role as (typeof ROLES)[number])) {
    const message = `Invalid value: '${role}'. Supported values are: ${listChoices(ROLES)}.`;
    return invalid(message, `${path}.role`, "invalid_value");
  }
  if (role === "tool" && typeof message["tool_call_id"] !== "string") {
    const param = `${path}.tool_call_id`;
    return invalid(`Missing required parameter: '${param}'.`, param, "missing_required_parameter");
  }
  const calls = message["tool_calls"];
  if (role === "assistant" && calls !== undefined && calls !== null) {
    const error = checkToolCalls(calls, `${path}.tool_calls`);
    if (error !== undefined) {
      return error;
    }
  }
  return checkContent(message, String(role), path);
}

function checkContent(message: JsonObject, role: string, path: string): ApiError | undefined {
  const content = message["content"];
  if (typeof content === "string") {
    return undefined;
  }
  if (content === null || content === undefined) {
    const mayBeEmpty =
      role === "assistant" &&
      (Array.isArray(message["tool_calls"]) ||
        isObject(message["function_call"]) ||
        isObject(message["audio"]) ||
        typeof message["refusal"] === "string");
    if (mayBeEmpty) {
      return undefined;
    }
    return content === null
      ? invalid("Invalid value for 'content': expected a string, got null.", `${path}.content`)
      : invalid(`Missing required parameter: '${path}.content'.`, `${path}.content`, "missing_required_parameter");
  }
  if (!Array.isArray(content)) {
    return invalidType(`${path}.content`, "one of a string or array of objects", content);
  }
  for (const [at, part] of content.entries()) {
    const error = checkPart(part, role, `${path}.content[${at}]`);
    if (error !== undefined) {
      return error;
    }
  }
  return undefined;
}

function checkPart(part: unknown, role: string, path: string): ApiError | undefined {
  if (!isObject(part)) {
    return invalidType(path, "an object", part);
  }
  const type = stringOf(part["type"]);
  const allowed = PARTS[role] ?? [];
  if (type === undefined) {
    return invalid(`Missing required parameter: '${path}.type'.`, `${path}.type`, "missing_required_parameter");
  }
  if (!allowed.includes(type)) {
    const message = `Invalid value: '${type}'. Supported values are: ${listChoices(allowed)}.`;
    return invalid(message, `${path}.type`, "invalid_value");
  }
  if (type === "text" && typeof part["text"] !== "string") {
    return part["text"] === undefined
      ? invalid(`Missing required parameter: '${path}.text'.`, `${path}.text`, "missing_required_parameter")
      : invalidType(`${path}.text`, "a string", part["text"]);
  }
  if (type === "image_url") {
    return checkImage(part["image_url"], `${path}.image_url`);
  }
  return undefined;
}

function checkImage(image: unknown, path: string): ApiError | undefined {
  if (!isObject(image)) {
    return invalidType(path, "an object", image);
  }
  const url = stringOf(image["url"]);
  if (url === undefined) {
    return invalid(`Missing required parameter: '${path}.url'.`, `${path}.url`, "missing_required_parameter");
  }
  if (!/^(https?:\/\/|data:image\/(png|jpeg|jpg|gif|webp);base64,)/.test(url)) {
    const message = `Invalid '${path}.url'. Expected a base64-encoded data URL with an image MIME type (e.g. 'data:image/png;base64,aW1nIGJ5dGVzIGhlcmU='), but got a value without the 'data:' prefix.`;
    return invalid(message, `${path}.url`, "invalid_value");
  }
  return undefined;
}

function checkToolCalls(calls: unknown, path: string): ApiError | undefined {
  if (!Array.isArray(calls)) {
    return invalidType(path, "an array of objects", calls);
  }
  if (calls.length === 0) {
    const message = `Invalid '${path}': empty array. Expected an array with minimum length 1, but got an empty array instead.`;
    return invalid(message, path, "empty_array");
  }
  for (const [at, call] of objectsOf(calls).entries()) {
    const id = stringOf(call["id"]);
    if (id === undefined) {
      return invalid(
        `Missing required parameter: '${path}[${at}].id'.`,
        `${path}[${at}].id`,
        "missing_required_parameter",
      );
    }
    if (id.length > 40) {
      const message = `Invalid '${path}[${at}].id': string too long. Expected a string with maximum length 40, but got a string with length ${id.length} instead.`;
      return invalid(message, `${path}[${at}].id`, "string_above_max_length");
    }
    if (call["type"] === "custom") {
      continue;
    }
    if (call["type"] !== "function" || !isObject(call["function"])) {
      const param = `${path}[${at}].${call["type"] === "function" ? "function" : "type"}`;
      return invalid(`Missing required parameter: '${param}'.`, param, "missing_required_parameter");
    }
    for (const field of ["name", "arguments"]) {
      const value = call["function"][field];
      const param = `${path}[${at}].function.${field}`;
      if (value === undefined) {
        return invalid(`Missing required parameter: '${param}'.`, param, "missing_required_parameter");
      }
      if (typeof value !== "string") {
        return invalidType(param, "a string", value);
      }
    }
  }
  return undefined;
}

function checkToolAnswers(messages: readonly JsonObject[]): ApiError | undefined {
  let open = new Set<string>();
  let inCalls = false;
  for (const [at, message] of messages.entries()) {
    if (message["role"] === "tool") {
      if (!inCalls) {
        const text =
          "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.";
        return invalid(text, `messages.[${at}].role`);
      }
      const id = String(message["tool_call_id"]);
      if (!open.delete(id)) {
        return invalid(
          `Invalid parameter: 'tool_call_id' of '${id}' not found in 'tool_calls' of previous message.`,
          `messages.[${at}].tool_call_id`,
        );
      }
      continue;
    }
    if (open.size > 0) {
      return unanswered(open, at);
    }
    const calls = message["role"] === "assistant" ? objectsOf(message["tool_calls"]) : [];
    open = new Set(calls.map((call) => String(call["id"])));
    inCalls = calls.length > 0;
  }
  return open.size > 0 ? unanswered(open, messages.length) : undefined;
}

function unanswered(open: ReadonlySet<string>, at: number): ApiError {
  const text = `An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The following tool_call_ids did not have response messages: ${[...open].join(", ")}`;
  return invalid(text, `messages.[${at}].role`);
}
