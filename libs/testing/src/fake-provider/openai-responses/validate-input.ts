import type { ApiError } from "../api-error.ts";
import { isObject, type JsonObject, stringOf } from "../json.ts";
import { invalid, invalidType, invalidValue, missing, unknownParameter } from "../openai-invalid.ts";

/** Roles in the order OpenAI lists them. */
const ROLES = ["assistant", "system", "developer", "user"];

/** Every part type there is, as OpenAI lists them to who sends another. */
const PARTS = [
  "input_text",
  "input_image",
  "output_text",
  "refusal",
  "input_file",
  "computer_screenshot",
  "summary_text",
];
const ASSISTANT_PARTS = ["output_text", "refusal"];
const INPUT_PARTS = ["input_text", "input_image", "input_file", "input_audio", "computer_screenshot"];

interface ItemForm {
  /** What ids of such items begin with. */
  readonly idPrefix?: string;
  readonly fields: readonly string[];
  /** Required ones that are strings. */
  readonly strings: readonly string[];
}

/** Items the fake knows from the inside (openai package 7.57.0, seen 2026-11-22). */
const ITEMS: Readonly<Record<string, ItemForm>> = {
  message: {
    idPrefix: "msg",
    fields: ["id", "type", "role", "content", "status", "phase"],
    strings: ["role"],
  },
  function_call: {
    idPrefix: "fc",
    fields: ["id", "type", "call_id", "name", "arguments", "status", "namespace", "caller", "async"],
    strings: ["call_id", "name", "arguments"],
  },
  function_call_output: {
    fields: ["id", "type", "call_id", "output", "status", "caller", "name", "namespace"],
    strings: ["call_id"],
  },
  custom_tool_call: {
    idPrefix: "ctc",
    fields: ["id", "type", "call_id", "name", "input", "status", "namespace", "caller", "async"],
    strings: ["call_id", "name", "input"],
  },
  custom_tool_call_output: { fields: ["id", "type", "call_id", "output", "status", "caller"], strings: ["call_id"] },
  reasoning: {
    idPrefix: "rs",
    fields: ["id", "type", "summary", "content", "encrypted_content", "status"],
    strings: [],
  },
  item_reference: { fields: ["id", "type"], strings: ["id"] },
};

/** Items of tools the fake does not run: passed unexamined. */
const HOSTED_ITEMS = [
  "additional_tools",
  "apply_patch_call",
  "apply_patch_call_output",
  "code_interpreter_call",
  "compaction",
  "compaction_trigger",
  "computer_call",
  "computer_call_output",
  "configuration_update",
  "file_search_call",
  "image_generation_call",
  "local_shell_call",
  "local_shell_call_output",
  "mcp_approval_request",
  "mcp_approval_response",
  "mcp_call",
  "mcp_list_tools",
  "program",
  "program_output",
  "shell_call",
  "shell_call_output",
  "tool_search_call",
  "tool_search_output",
  "web_search_call",
];

/** Checks `input`, each item by itself. */
export function checkResponsesInput(body: JsonObject): ApiError | undefined {
  const { input } = body;
  if (input === undefined || input === null) {
    const elsewhere = ["previous_response_id", "prompt", "conversation"].some((name) => body[name] !== undefined);
    return elsewhere
      ? undefined
      : invalid(
          "One of \"input\" or \"previous_response_id\" or 'prompt' or 'conversation_id' must be provided.",
          "input",
          "missing_required_parameter",
        );
  }
  if (typeof input === "string") {
    return undefined;
  }
  if (!Array.isArray(input)) {
    return invalidType("input", "one of a string or array of objects", input);
  }
  for (const [at, item] of input.entries()) {
    const error = checkItem(item, `input[${at}]`);
    if (error !== undefined) {
      return error;
    }
  }
  return undefined;
}

function checkItem(item: unknown, path: string): ApiError | undefined {
  if (!isObject(item)) {
    return invalidType(path, "an object", item);
  }
  const type = stringOf(item["type"]) ?? ("role" in item ? "message" : undefined);
  if (type === undefined) {
    return missing(`${path}.type`);
  }
  const form = ITEMS[type];
  if (form === undefined) {
    return HOSTED_ITEMS.includes(type)
      ? undefined
      : invalidValue(type, [...Object.keys(ITEMS), ...HOSTED_ITEMS].sort(), path);
  }
  return (
    checkForm(item, form, path) ??
    (type === "message" ? checkMessage(item, path) : undefined) ??
    (type === "reasoning" ? checkReasoning(item, path) : undefined) ??
    (type.endsWith("_output") ? checkOutput(item, path) : undefined)
  );
}

function checkForm(item: JsonObject, form: ItemForm, path: string): ApiError | undefined {
  for (const name of form.strings) {
    const value = item[name];
    if (value === undefined || value === null) {
      return missing(`${path}.${name}`);
    }
    if (typeof value !== "string") {
      return invalidType(`${path}.${name}`, "a string", value);
    }
  }
  const extra = Object.keys(item).find((name) => !form.fields.includes(name));
  if (extra !== undefined) {
    return unknownParameter(`${path}.${extra}`);
  }
  const callId = stringOf(item["call_id"]) ?? "";
  if (callId.length > 64) {
    const message = `Invalid '${path}.call_id': string too long. Expected a string with maximum length 64, but got a string with length ${callId.length} instead.`;
    return invalid(message, `${path}.call_id`, "string_above_max_length");
  }
  const id = stringOf(item["id"]);
  return id === undefined || form.idPrefix === undefined || id.startsWith(form.idPrefix)
    ? undefined
    : invalid(
        `Invalid '${path}.id': '${id}'. Expected an ID that begins with '${form.idPrefix}'.`,
        `${path}.id`,
        "invalid_value",
      );
}

function checkMessage(item: JsonObject, path: string): ApiError | undefined {
  const role = String(item["role"]);
  if (!ROLES.includes(role)) {
    return invalidValue(role, ROLES, `${path}.role`);
  }
  const { content } = item;
  if (content === undefined || content === null) {
    return missing(`${path}.content`);
  }
  return typeof content === "string"
    ? undefined
    : checkParts(content, role === "assistant" ? ASSISTANT_PARTS : INPUT_PARTS, `${path}.content`);
}

function checkOutput(item: JsonObject, path: string): ApiError | undefined {
  const { output } = item;
  if (output === undefined || output === null) {
    return missing(`${path}.output`);
  }
  return typeof output === "string" ? undefined : checkParts(output, INPUT_PARTS, `${path}.output`);
}

function checkReasoning(item: JsonObject, path: string): ApiError | undefined {
  if (item["summary"] === undefined) {
    return missing(`${path}.summary`);
  }
  return Array.isArray(item["summary"])
    ? undefined
    : invalidType(`${path}.summary`, "an array of objects", item["summary"]);
}

function checkParts(parts: unknown, allowed: readonly string[], path: string): ApiError | undefined {
  if (!Array.isArray(parts)) {
    return invalidType(path, "one of a string or array of objects", parts);
  }
  for (const [at, part] of parts.entries()) {
    const error = checkPart(part, allowed, `${path}[${at}]`);
    if (error !== undefined) {
      return error;
    }
  }
  return undefined;
}

function checkPart(part: unknown, allowed: readonly string[], path: string): ApiError | undefined {
  if (!isObject(part)) {
    return invalidType(path, "an object", part);
  }
  const type = stringOf(part["type"]);
  if (type === undefined) {
    return missing(`${path}.type`);
  }
  if (!allowed.includes(type)) {
    return invalidValue(type, PARTS.includes(type) ? allowed : PARTS, path);
  }
  if (type === "input_text" || type === "output_text") {
    return typeof part["text"] === "string" ? undefined : missing(`${path}.text`);
  }
  return type === "input_image" ? checkImage(part, `${path}.image_url`) : undefined;
}

function checkImage(part: JsonObject, path: string): ApiError | undefined {
  const url = part["image_url"];
  if (url === undefined || url === null) {
    return typeof part["file_id"] === "string" ? undefined : missing(path);
  }
  if (typeof url !== "string") {
    return invalid(
      `Invalid type for '${path}': expected an image URL, but got an object instead.`,
      path,
      "invalid_type",
    );
  }
  return /^(https?:\/\/|data:image\/(png|jpeg|jpg|gif|webp);base64,)/.test(url)
    ? undefined
    : invalid(
        `Invalid '${path}'. Expected a base64-encoded data URL with an image MIME type (e.g. 'data:image/png;base64,aW1nIGJ5dGVzIGhlcmU='), but got unsupported MIME type.`,
        path,
        "invalid_value",
      );
}
