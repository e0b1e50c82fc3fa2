import { create } from "@bufbuild/protobuf";
import type { ToolChoice } from "@sluice/api/sluice/chat/v1/chat_request";
import { type Tool, ToolChoiceMode, ToolChoiceSchema, ToolSchema } from "@sluice/api/sluice/chat/v1/chat_request";
import type { Extension } from "@sluice/api/sluice/chat/v1/content";
import type { JsonObject, JsonValue } from "../dialect.ts";
import { createExtension, keepUnknown } from "../extension.ts";
import { isArray, isObject, stringOf } from "../json.ts";
import { decodeCacheControl } from "./cache-control.ts";
import { keepNested } from "./own-fields.ts";
import { describeMismatch, type Problems } from "./problems.ts";
import { dialectName } from "./wire.ts";

const functionFields = new Set(["type", "name", "description", "input_schema", "strict", "cache_control"]);

export function decodeTools(tools: JsonValue | undefined, problems: Problems): Tool[] {
  if (tools === undefined || tools === null) return [];
  if (!isArray(tools)) {
    problems.add("tools", describeMismatch(tools, "a valid list"));
    return [];
  }
  const decoded: Tool[] = [];
  for (const [index, tool] of tools.entries()) {
    const path = `tools[${index}]`;
    if (!isObject(tool))
      problems.add(path, describeMismatch(tool, "a valid dictionary or object to extract fields from"));
    else if (isOwnTool(tool)) decoded.push(decodeServerTool(tool));
    else decoded.push(decodeFunction(tool, path, problems));
  }
  return decoded;
}

/** Tools that Anthropic defines have a type of their own: run by it (web search) or by the caller after its schema (bash). */
function isOwnTool(tool: JsonObject): boolean {
  const type = tool["type"];
  return typeof type === "string" && type !== "custom";
}

function decodeServerTool(tool: JsonObject): Tool {
  const type = (stringOf(tool["type"]) ?? "").slice(0, 256);
  const name = (stringOf(tool["name"]) ?? "").slice(0, 256);
  return create(ToolSchema, {
    kind: { case: "server", value: { dialect: dialectName, type, name, json: JSON.stringify(tool) } },
  });
}

function decodeFunction(tool: JsonObject, path: string, problems: Problems): Tool {
  const { name, description, input_schema: schema, strict, cache_control: mark } = tool;
  if (typeof name !== "string" || name === "") {
    problems.add(`${path}.custom.name`, describeMismatch(name === "" ? undefined : name, "a valid string"));
  }
  if (!isObject(schema)) {
    problems.add(`${path}.custom.input_schema`, describeMismatch(schema, "a valid dictionary"));
  }
  const extensions = keepUnknown(tool, functionFields, dialectName);
  const cacheControl = decodeCacheControl(mark);
  if (cacheControl === undefined && isObject(mark))
    extensions.push(createExtension(dialectName, "cache_control", mark));
  return create(ToolSchema, {
    kind: {
      case: "function",
      value: {
        name: stringOf(name) ?? "",
        description: stringOf(description) ?? "",
        parametersJsonSchema: isObject(schema) ? JSON.stringify(schema) : "",
        ...(typeof strict === "boolean" && { strict }),
      },
    },
    extensions,
    ...(cacheControl !== undefined && { cacheControl }),
  });
}

export type DecodedToolChoice = {
  readonly toolChoice?: ToolChoice;
  readonly parallelToolCalls?: boolean;
  readonly extensions: readonly Extension[];
};

const modes: ReadonlyMap<string, ToolChoiceMode> = new Map([
  ["auto", ToolChoiceMode.AUTO],
  ["any", ToolChoiceMode.REQUIRED],
  ["tool", ToolChoiceMode.TOOL],
  ["none", ToolChoiceMode.NONE],
]);

const toolChoiceFields = new Set(["type", "name", "disable_parallel_tool_use"]);

export function decodeToolChoice(choice: JsonValue | undefined, problems: Problems): DecodedToolChoice {
  if (choice === undefined || choice === null) return { extensions: [] };
  const type = isObject(choice) ? choice["type"] : undefined;
  if (!isObject(choice) || typeof type !== "string") {
    problems.add("tool_choice", "Input should be a valid dictionary or object to extract fields from");
    return { extensions: [] };
  }
  const mode = modes.get(type);
  const name = stringOf(choice["name"]);
  const disabled = choice["disable_parallel_tool_use"];
  if (mode === undefined) {
    problems.add(
      "tool_choice",
      `Input tag '${type.slice(0, 64)}' does not match any of the expected tags: 'auto', 'any', 'tool', 'none'`,
    );
  }
  if (mode === ToolChoiceMode.TOOL && name === undefined) problems.add("tool_choice.tool.name", "Field required");
  return {
    toolChoice: create(ToolChoiceSchema, {
      mode: mode ?? ToolChoiceMode.AUTO,
      tool: mode === ToolChoiceMode.TOOL ? (name ?? "") : "",
    }),
    ...(typeof disabled === "boolean" && { parallelToolCalls: !disabled }),
    extensions: keepNested("tool_choice", choice, toolChoiceFields),
  };
}
