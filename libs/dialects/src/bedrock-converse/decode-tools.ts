import { create } from "@bufbuild/protobuf";
import {
  type Tool,
  type ToolChoice,
  ToolChoiceMode,
  ToolChoiceSchema,
  ToolSchema,
} from "@sluice/api/sluice/chat/v1/chat_request";
import type { Extension } from "@sluice/api/sluice/chat/v1/content";
import type { JsonObject, JsonValue } from "../dialect.ts";
import { keepUnknown } from "../extension.ts";
import { isArray, isObject, objectOf, stringOf } from "../json.ts";
import { type Problems, reportProblem, reportType } from "../request-problem.ts";
import { decodeCachePoint } from "./cache-point.ts";
import { keepNested } from "./own-fields.ts";
import { dialectName, type Member, readMember } from "./wire.ts";

export type DecodedToolConfig = {
  readonly tools: readonly Tool[];
  readonly toolChoice: ToolChoice | undefined;
  readonly extensions: readonly Extension[];
};

const configFields = new Set(["tools", "toolChoice"]);
const specFields = new Set(["name", "description", "inputSchema", "strict"]);

export function decodeToolConfig(config: JsonValue | undefined, problems: Problems): DecodedToolConfig {
  if (config === undefined || config === null) return { tools: [], toolChoice: undefined, extensions: [] };
  if (!isObject(config)) reportType(problems, "toolConfig", "an object", config);
  const given = objectOf(config)?.["tools"];
  const tools: Tool[] = [];
  if (!isArray(given)) reportType(problems, "toolConfig.tools", "an array", given);
  for (const [index, tool] of (isArray(given) ? given : []).entries()) {
    const path = `toolConfig.tools[${index}]`;
    const member = readMember(tool);
    if (member === undefined) {
      reportType(problems, path, "a tool", tool);
      continue;
    }
    const last = tools.at(-1);
    const mark = member.name === "cachePoint" ? decodeCachePoint(member.value) : undefined;
    if (mark !== undefined && last !== undefined && last.cacheControl === undefined) last.cacheControl = mark;
    else if (member.name === "toolSpec" && isObject(member.value)) tools.push(decodeSpec(member.value, path, problems));
    else tools.push(keepTool(member));
  }
  return {
    tools,
    toolChoice: decodeToolChoice(objectOf(config)?.["toolChoice"], problems),
    extensions: keepNested("toolConfig", config, configFields),
  };
}

function decodeSpec(spec: JsonObject, path: string, problems: Problems): Tool {
  const { name, description, inputSchema, strict } = spec;
  if (typeof name !== "string" || name === "") reportType(problems, `${path}.toolSpec.name`, "a string", name);
  const schema = objectOf(inputSchema)?.["json"];
  if (!isObject(schema)) reportType(problems, `${path}.toolSpec.inputSchema.json`, "an object", schema);
  const value = {
    name: stringOf(name) ?? "",
    description: stringOf(description) ?? "",
    parametersJsonSchema: isObject(schema) ? JSON.stringify(schema) : "",
    ...(typeof strict === "boolean" && { strict }),
  };
  return create(ToolSchema, {
    kind: { case: "function", value },
    extensions: keepUnknown(spec, specFields, dialectName),
  });
}

/** Tools that a model's provider runs, and what is not known. */
function keepTool({ name, value }: Member): Tool {
  const tool = {
    dialect: dialectName,
    type: name.slice(0, 256),
    name: (stringOf(objectOf(value)?.["name"]) ?? "").slice(0, 256),
    json: JSON.stringify({ [name]: value }),
  };
  return create(ToolSchema, { kind: { case: "server", value: tool } });
}

function decodeToolChoice(choice: JsonValue | undefined, problems: Problems): ToolChoice | undefined {
  const member = readMember(choice);
  switch (member?.name) {
    case undefined:
      return undefined;
    case "auto":
      return create(ToolChoiceSchema, { mode: ToolChoiceMode.AUTO });
    case "any":
      return create(ToolChoiceSchema, { mode: ToolChoiceMode.REQUIRED });
    case "tool": {
      const tool = stringOf(objectOf(member.value)?.["name"]) ?? "";
      if (tool === "") reportType(problems, "toolConfig.toolChoice.tool.name", "a string", undefined);
      return create(ToolChoiceSchema, { mode: ToolChoiceMode.TOOL, tool });
    }
    default:
      reportProblem(problems, "toolConfig.toolChoice", "invalid 'toolConfig.toolChoice': expected auto, any or tool");
      return undefined;
  }
}
