import type { ApiError } from "./api-error.ts";
import { isObject, type JsonObject, objectsOf, stringOf } from "./json.ts";
import { invalid, invalidType, listChoices } from "./openai-invalid.ts";

const NAME_PATTERN = /^[a-zA-Z0-9_-]+$/;

/** Checks `tools`, `tool_choice` and `response_format`. */
export function checkChatTools(body: JsonObject): ApiError | undefined {
  const { tools } = body;
  if (tools !== undefined && tools !== null) {
    if (!Array.isArray(tools)) {
      return invalidType("tools", "an array of objects", tools);
    }
    if (tools.length === 0) {
      return invalid(
        "Invalid 'tools': empty array. Expected an array with minimum length 1, but got an empty array instead.",
        "tools",
        "empty_array",
      );
    }
    for (const [at, tool] of tools.entries()) {
      const error = checkTool(tool, `tools[${at}]`);
      if (error !== undefined) {
        return error;
      }
    }
  }
  return checkToolChoice(body) ?? checkResponseFormat(body);
}

function checkTool(tool: unknown, path: string): ApiError | undefined {
  if (!isObject(tool)) {
    return invalidType(path, "an object", tool);
  }
  const { type } = tool;
  if (type === undefined) {
    return invalid(`Missing required parameter: '${path}.type'.`, `${path}.type`, "missing_required_parameter");
  }
  if (type === "custom") {
    return undefined;
  }
  if (type !== "function") {
    const message = `Invalid value: '${type}'. Supported values are: ${listChoices(["function", "custom"])}.`;
    return invalid(message, `${path}.type`, "invalid_value");
  }
  const offered = tool["function"];
  if (!isObject(offered)) {
    return invalid(`Missing required parameter: '${path}.function'.`, `${path}.function`, "missing_required_parameter");
  }
  const name = stringOf(offered["name"]);
  if (name === undefined) {
    const param = `${path}.function.name`;
    return invalid(`Missing required parameter: '${param}'.`, param, "missing_required_parameter");
  }
  return checkToolName(name, `${path}.function.name`) ?? checkParameters(offered, name, `${path}.function.parameters`);
}

/** Names of tools and formats. */
export function checkToolName(name: string, path: string): ApiError | undefined {
  if (name.length > 64) {
    const message = `Invalid '${path}': string too long. Expected a string with maximum length 64, but got a string with length ${name.length} instead.`;
    return invalid(message, path, "string_above_max_length");
  }
  if (!NAME_PATTERN.test(name)) {
    const message = `Invalid '${path}': string does not match pattern. Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'.`;
    return invalid(message, path, "invalid_value");
  }
  return undefined;
}

function checkParameters(offered: JsonObject, name: string, path: string): ApiError | undefined {
  const schema = offered["parameters"];
  if (schema === undefined || schema === null) {
    return undefined;
  }
  if (!isObject(schema)) {
    return invalidType(path, "an object", schema);
  }
  if (schema["type"] !== undefined && schema["type"] !== "object") {
    const message = `Invalid schema for function '${name}': schema must be a JSON Schema of 'type: "object"', got 'type: "${schema["type"]}"'.`;
    return invalid(message, path, "invalid_function_parameters");
  }
  const reason = offered["strict"] === true ? findLooseness(schema, []) : undefined;
  return reason === undefined
    ? undefined
    : invalid(`Invalid schema for function '${name}': ${reason}`, path, "invalid_function_parameters");
}

/** What strict mode would not accept in the schema, or undefined. */
export function findLooseness(schema: JsonObject, context: readonly string[]): string | undefined {
  const where = `In context=(${context.map((step) => `'${step}'`).join(", ")}), `;
  if (isObject(schema["properties"])) {
    if (schema["additionalProperties"] !== false) {
      return `${where}'additionalProperties' is required to be supplied and to be false.`;
    }
    const required = Array.isArray(schema["required"]) ? schema["required"] : [];
    const missing = Object.keys(schema["properties"]).find((key) => !required.includes(key));
    if (missing !== undefined) {
      return `${where}'required' is required to be supplied and to be an array including every key in properties. Missing '${missing}'.`;
    }
    for (const [key, property] of Object.entries(schema["properties"])) {
      const inner = isObject(property) ? findLooseness(property, [...context, "properties", key]) : undefined;
      if (inner !== undefined) {
        return inner;
      }
    }
  }
  return isObject(schema["items"]) ? findLooseness(schema["items"], [...context, "items"]) : undefined;
}

function checkToolChoice(body: JsonObject): ApiError | undefined {
  const choice = body["tool_choice"];
  if (choice === undefined || choice === null) {
    return undefined;
  }
  const tools = objectsOf(body["tools"]);
  if (tools.length === 0) {
    return choice === "none"
      ? undefined
      : invalid(
          "Invalid value for 'tool_choice': 'tool_choice' is only allowed when 'tools' are specified.",
          "tool_choice",
        );
  }
  if (typeof choice === "string") {
    const values = ["none", "auto", "required"];
    const message = `Invalid value: '${choice}'. Supported values are: ${listChoices(values)}.`;
    return values.includes(choice) ? undefined : invalid(message, "tool_choice", "invalid_value");
  }
  if (!isObject(choice)) {
    return invalidType("tool_choice", "one of 'none', 'auto', 'required', or an object", choice);
  }
  if (choice["type"] === "function") {
    const forced = isObject(choice["function"]) ? choice["function"]["name"] : undefined;
    if (typeof forced !== "string") {
      const param = "tool_choice.function";
      return invalid(`Missing required parameter: '${param}'.`, param, "missing_required_parameter");
    }
    if (!tools.some((tool) => isObject(tool["function"]) && tool["function"]["name"] === forced)) {
      return invalid(`Tool choice '${forced}' not found in 'tools' parameter.`, "tool_choice");
    }
    return undefined;
  }
  const values = ["function", "allowed_tools", "custom"];
  const message = `Invalid value: '${choice["type"]}'. Supported values are: ${listChoices(values)}.`;
  return values.includes(String(choice["type"])) ? undefined : invalid(message, "tool_choice.type", "invalid_value");
}

function checkResponseFormat(body: JsonObject): ApiError | undefined {
  const format = body["response_format"];
  if (!isObject(format)) {
    return undefined;
  }
  switch (format["type"]) {
    case "text":
      return undefined;
    case "json_object":
      return /json/i.test(JSON.stringify(body["messages"]))
        ? undefined
        : invalid(
            "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.",
            "messages",
          );
    case "json_schema":
      return checkJsonSchema(format["json_schema"]);
    default: {
      const message = `Invalid value: '${format["type"]}'. Supported values are: ${listChoices(["json_object", "json_schema", "text"])}.`;
      return invalid(message, "response_format.type", "invalid_value");
    }
  }
}

function checkJsonSchema(wanted: unknown): ApiError | undefined {
  const path = "response_format.json_schema";
  if (!isObject(wanted)) {
    return invalid(`Missing required parameter: '${path}'.`, path, "missing_required_parameter");
  }
  const name = stringOf(wanted["name"]);
  if (name === undefined) {
    return invalid(`Missing required parameter: '${path}.name'.`, `${path}.name`, "missing_required_parameter");
  }
  const schema = wanted["schema"];
  const reason = wanted["strict"] === true && isObject(schema) ? findLooseness(schema, []) : undefined;
  return (
    checkToolName(name, `${path}.name`) ??
    (reason === undefined
      ? undefined
      : invalid(`Invalid schema for response_format '${name}': ${reason}`, "response_format"))
  );
}
