import type { ApiError } from "../api-error.ts";
import { isObject, type JsonObject, objectsOf, stringOf } from "../json.ts";
import { constraint, malformed, validationException } from "./bedrock-error.ts";
import { checkConverseMessages } from "./validate-converse-messages.ts";

/** Members of a Converse request (@aws-sdk/client-bedrock-runtime 3.1164.0, seen 2026-11-22). */
const MEMBERS = [
  "additionalModelRequestFields",
  "additionalModelResponseFieldPaths",
  "guardrailConfig",
  "inferenceConfig",
  "messages",
  "outputConfig",
  "performanceConfig",
  "promptVariables",
  "requestMetadata",
  "serviceTier",
  "system",
  "toolConfig",
];

const INFERENCE = {
  maxTokens: { min: 1, max: Number.MAX_SAFE_INTEGER },
  temperature: { min: 0, max: 1 },
  topP: { min: 0, max: 1 },
} as const;

const NAME_PATTERN = "[a-zA-Z0-9_-]+";

/** What Bedrock says to a Converse request it does not accept, before any model sees it; undefined for one it accepts. */
export function validateConverse(request: JsonObject): ApiError | undefined {
  const extra = Object.keys(request).find((name) => !MEMBERS.includes(name));
  if (extra !== undefined) {
    return malformed("", `extraneous key [${extra}] is not permitted`);
  }
  return (
    checkInference(request["inferenceConfig"]) ??
    checkToolConfig(request["toolConfig"]) ??
    checkSystem(request["system"]) ??
    checkConverseMessages(request) ??
    checkOutput(request["outputConfig"])
  );
}

function checkInference(config: unknown): ApiError | undefined {
  if (config === undefined || config === null) {
    return undefined;
  }
  if (!isObject(config)) {
    return malformed("/inferenceConfig", "expected type: JSONObject");
  }
  for (const [name, value] of Object.entries(config)) {
    if (name === "stopSequences") {
      const stops = Array.isArray(value) ? value : [value];
      const empty = stops.indexOf("");
      if (empty !== -1) {
        const path = `inferenceConfig.stopSequences.${empty + 1}.member`;
        return constraint("", path, "Member must have length greater than or equal to 1");
      }
      continue;
    }
    const range = INFERENCE[name as keyof typeof INFERENCE];
    if (range === undefined) {
      return malformed("/inferenceConfig", `extraneous key [${name}] is not permitted`);
    }
    if (typeof value !== "number") {
      return {
        status: 400,
        type: "SerializationException",
        message: `NUMBER_VALUE expected at inferenceConfig.${name}`,
      };
    }
    if (value < range.min) {
      return constraint(
        value,
        `inferenceConfig.${name}`,
        `Member must have value greater than or equal to ${range.min}`,
      );
    }
    if (value > range.max) {
      return constraint(value, `inferenceConfig.${name}`, `Member must have value less than or equal to ${range.max}`);
    }
  }
  return undefined;
}

function checkToolConfig(config: unknown): ApiError | undefined {
  if (config === undefined || config === null) {
    return undefined;
  }
  const tools = isObject(config) ? config["tools"] : undefined;
  if (!isObject(config) || !Array.isArray(tools)) {
    return constraint(undefined, "toolConfig.tools", "Member must not be null");
  }
  if (tools.length === 0) {
    return constraint([], "toolConfig.tools", "Member must have length greater than or equal to 1");
  }
  for (const [at, tool] of objectsOf(tools).entries()) {
    const error = checkTool(tool, at);
    if (error !== undefined) {
      return error;
    }
  }
  return checkToolChoice(config);
}

function checkTool(tool: JsonObject, at: number): ApiError | undefined {
  if (tool["cachePoint"] !== undefined || tool["systemTool"] !== undefined) {
    return undefined;
  }
  const spec = tool["toolSpec"];
  if (!isObject(spec)) {
    const [key] = Object.keys(tool);
    return malformed(`/toolConfig/tools/${at}`, `extraneous key [${key}] is not permitted`);
  }
  const path = `toolConfig.tools.${at + 1}.member.toolSpec`;
  const name = stringOf(spec["name"]);
  if (name === undefined) {
    return constraint(undefined, `${path}.name`, "Member must not be null");
  }
  if (!/^[a-zA-Z0-9_-]+$/.test(name)) {
    return constraint(name, `${path}.name`, `Member must satisfy regular expression pattern: ${NAME_PATTERN}`);
  }
  if (name.length > 64) {
    return constraint(name, `${path}.name`, "Member must have length less than or equal to 64");
  }
  if (spec["description"] === "") {
    return constraint("", `${path}.description`, "Member must have length greater than or equal to 1");
  }
  const schema = isObject(spec["inputSchema"]) ? spec["inputSchema"]["json"] : undefined;
  const place = `toolConfig.tools.${at}.toolSpec.inputSchema.json`;
  if (!isObject(schema)) {
    return validationException(
      `The format of the value at ${place} is invalid. Provide a json object for the field and try again.`,
    );
  }
  return schema["type"] === "object"
    ? undefined
    : validationException(`The value at ${place}.type must be one of the following: object.`);
}

function checkToolChoice(config: JsonObject): ApiError | undefined {
  const choice = config["toolChoice"];
  if (choice === undefined || choice === null) {
    return undefined;
  }
  const [kind = ""] = isObject(choice) ? Object.keys(choice) : [];
  if (!isObject(choice) || !["auto", "any", "tool"].includes(kind)) {
    return malformed("/toolConfig/toolChoice", `extraneous key [${kind}] is not permitted`);
  }
  const name = isObject(choice["tool"]) ? choice["tool"]["name"] : undefined;
  const known = objectsOf(config["tools"]).some(
    (tool) => isObject(tool["toolSpec"]) && tool["toolSpec"]["name"] === name,
  );
  return kind === "tool" && !known
    ? validationException(
        `The tool ${name} in toolChoice is not among the tools of toolConfig. Choose one of them and try again.`,
      )
    : undefined;
}

function checkSystem(system: unknown): ApiError | undefined {
  for (const [at, block] of objectsOf(system).entries()) {
    if (typeof block["text"] === "string" && block["text"].trim() === "") {
      return validationException(
        `The text field in the SystemContentBlock object at system.${at} is blank. Add text to the text field, and try again.`,
      );
    }
  }
  return undefined;
}

function checkOutput(config: unknown): ApiError | undefined {
  const format = isObject(config) ? config["textFormat"] : undefined;
  if (!isObject(format)) {
    return undefined;
  }
  const structure = isObject(format["structure"]) ? format["structure"]["jsonSchema"] : undefined;
  const schema = isObject(structure) ? structure["schema"] : undefined;
  if (typeof schema !== "string") {
    return constraint(undefined, "outputConfig.textFormat.structure.jsonSchema.schema", "Member must not be null");
  }
  try {
    JSON.parse(schema);
    return undefined;
  } catch {
    return validationException("The JSON schema at outputConfig.textFormat.structure.jsonSchema.schema is invalid.");
  }
}
