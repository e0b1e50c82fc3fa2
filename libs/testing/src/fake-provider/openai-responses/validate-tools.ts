import type { ApiError } from "../api-error.ts";
import { isObject, type JsonObject, objectsOf, stringOf } from "../json.ts";
import { invalid, invalidType, invalidValue, missing, unknownParameter } from "../openai-invalid.ts";
import { checkToolName, findLooseness } from "../validate-openai-tools.ts";

const FUNCTION_FIELDS = [
  "type",
  "name",
  "description",
  "parameters",
  "strict",
  "allowed_callers",
  "async",
  "defer_loading",
  "output_schema",
];

/** Tools that OpenAI runs itself: accepted, and never used by the fake (openai package 7.57.0, seen 2026-11-22). */
const HOSTED = [
  "apply_patch",
  "code_interpreter",
  "computer",
  "computer_use_preview",
  "file_search",
  "image_generation",
  "local_shell",
  "mcp",
  "namespace",
  "programmatic_tool_calling",
  "shell",
  "tool_search",
  "web_search",
  "web_search_2025_08_26",
  "web_search_preview",
  "web_search_preview_2025_03_11",
];

const TOOL_TYPES = ["function", "custom", ...HOSTED];

/** Checks `tools`, `tool_choice` and `text.format`. */
export function checkResponsesTools(body: JsonObject): ApiError | undefined {
  const tools = Array.isArray(body["tools"]) ? body["tools"] : [];
  for (const [at, tool] of tools.entries()) {
    const error = checkTool(tool, `tools[${at}]`);
    if (error !== undefined) {
      return error;
    }
  }
  return checkToolChoice(body) ?? checkFormat(body);
}

function checkTool(tool: unknown, path: string): ApiError | undefined {
  if (!isObject(tool)) {
    return invalidType(path, "an object", tool);
  }
  const type = stringOf(tool["type"]);
  if (type === undefined) {
    return missing(`${path}.type`);
  }
  if (!TOOL_TYPES.includes(type)) {
    return invalidValue(type, TOOL_TYPES, `${path}.type`);
  }
  if (type !== "function" && type !== "custom") {
    return undefined;
  }
  const name = stringOf(tool["name"]);
  if (name === undefined) {
    return missing(`${path}.name`);
  }
  const error = checkToolName(name, `${path}.name`);
  return error ?? (type === "function" ? checkFunction(tool, name, path) : undefined);
}

function checkFunction(tool: JsonObject, name: string, path: string): ApiError | undefined {
  const extra = Object.keys(tool).find((field) => !FUNCTION_FIELDS.includes(field));
  if (extra !== undefined) {
    return unknownParameter(`${path}.${extra}`);
  }
  const schema = tool["parameters"];
  if (schema === undefined || schema === null) {
    return undefined;
  }
  const param = `${path}.parameters`;
  if (!isObject(schema)) {
    return invalidType(param, "an object", schema);
  }
  const reason =
    schema["type"] !== undefined && schema["type"] !== "object"
      ? `schema must be a JSON Schema of 'type: "object"', got 'type: "${schema["type"]}"'.`
      : tool["strict"] === true
        ? findLooseness(schema, [])
        : undefined;
  return reason === undefined
    ? undefined
    : invalid(`Invalid schema for function '${name}': ${reason}`, param, "invalid_function_parameters");
}

function checkToolChoice(body: JsonObject): ApiError | undefined {
  const choice = body["tool_choice"];
  if (choice === undefined || choice === null) {
    return undefined;
  }
  const tools = objectsOf(body["tools"]);
  if (typeof choice === "string") {
    const values = ["none", "auto", "required"];
    if (!values.includes(choice)) {
      return invalidValue(choice, values, "tool_choice");
    }
    return choice === "required" && tools.length === 0
      ? invalid("Tool choice 'required' must be specified with 'tools' parameter.", "tool_choice")
      : undefined;
  }
  if (!isObject(choice)) {
    return invalidType("tool_choice", "one of 'none', 'auto', 'required', or an object", choice);
  }
  const type = stringOf(choice["type"]);
  if (type === undefined) {
    return missing("tool_choice.type");
  }
  if (type === "allowed_tools") {
    return Array.isArray(choice["tools"]) ? undefined : missing("tool_choice.tools");
  }
  if (type !== "function" && type !== "custom") {
    return HOSTED.includes(type) ? undefined : invalidValue(type, ["allowed_tools", ...TOOL_TYPES], "tool_choice.type");
  }
  const name = stringOf(choice["name"]);
  if (name === undefined) {
    return missing("tool_choice.name");
  }
  return tools.some((tool) => tool["name"] === name)
    ? undefined
    : invalid(`Tool choice '${type}' not found in 'tools' parameter.`, "tool_choice");
}

function checkFormat(body: JsonObject): ApiError | undefined {
  const format = isObject(body["text"]) ? body["text"]["format"] : undefined;
  if (!isObject(format)) {
    return undefined;
  }
  switch (format["type"]) {
    case "text":
      return undefined;
    case "json_object":
      return /json/i.test(JSON.stringify(body["input"] ?? ""))
        ? undefined
        : invalid(
            "Response input messages must contain the word 'json' in some form to use 'text.format' of type 'json_object'.",
            "input",
          );
    case "json_schema":
      return checkJsonSchema(format);
    case undefined:
      return missing("text.format.type");
    default:
      return invalidValue(format["type"], ["json_object", "json_schema", "text"], "text.format.type");
  }
}

function checkJsonSchema(format: JsonObject): ApiError | undefined {
  const name = stringOf(format["name"]);
  if (name === undefined) {
    return missing("text.format.name");
  }
  if (!isObject(format["schema"])) {
    return missing("text.format.schema");
  }
  const reason = format["strict"] === true ? findLooseness(format["schema"], []) : undefined;
  return (
    checkToolName(name, "text.format.name") ??
    (reason === undefined
      ? undefined
      : invalid(`Invalid schema for response_format '${name}': ${reason}`, "text.format.schema", "invalid_json_schema"))
  );
}
