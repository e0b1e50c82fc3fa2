import {
  type ChatRequest,
  type FunctionTool,
  type Tool,
  ToolChoiceMode,
} from "@sluice/api/sluice/chat/v1/chat_request";
import type { JsonObject } from "../dialect.ts";
import { isObject, parseJson } from "../json.ts";
import { readWebSearch } from "../web-search.ts";
import { encodeCacheControl } from "./cache-control.ts";
import type { Crossing } from "./crossing.ts";
import type { ModelTraits } from "./model-traits.ts";
import { restoreOwnFields } from "./own-fields.ts";
import { encodeWebSearch } from "./web-search.ts";
import { type Draft, dialectName } from "./wire.ts";

/** `tools` and `tool_choice`, each only where there is one to send. */
export function encodeTools(request: ChatRequest, traits: ModelTraits, crossing: Crossing): Draft {
  const tools = request.tools.map((tool, index) => encodeTool(tool, `tools[${index}]`, crossing));
  const choice = encodeToolChoice(request, traits, crossing);
  return { ...(tools.length > 0 && { tools }), ...(choice !== undefined && { tool_choice: choice }) };
}

function encodeTool(tool: Tool, path: string, crossing: Crossing): Draft {
  switch (tool.kind.case) {
    case "function": {
      const encoded = encodeFunction(tool.kind.value, path, crossing);
      if (tool.cacheControl !== undefined) encoded["cache_control"] = encodeCacheControl(tool.cacheControl);
      const reserved = new Set(Object.keys(encoded));
      restoreOwnFields(tool.extensions, new Set(), encoded, reserved, crossing.changes, `${path}.`);
      return encoded;
    }
    case "server": {
      const { dialect, json, type } = tool.kind.value;
      const own = dialect === dialectName ? parseJson(json) : undefined;
      if (isObject(own)) return { ...own };
      const search = readWebSearch(tool.kind.value);
      if (search !== undefined) return encodeWebSearch(search, `${type} of ${dialect}`, path, crossing);
      crossing.refuse(path, `a tool of ${dialect} (${type}), expected a function or a tool of Anthropic's`);
      return {};
    }
    case "custom":
    case undefined:
      crossing.refuse(path, "a tool of no kind that Anthropic takes, expected a function");
      return {};
  }
}

function encodeFunction(tool: FunctionTool, path: string, crossing: Crossing): Draft {
  return {
    name: tool.name,
    ...(tool.description !== "" && { description: tool.description }),
    input_schema: encodeSchema(tool.parametersJsonSchema, path, crossing),
    ...(tool.strict !== undefined && { strict: tool.strict }),
  };
}

/** Anthropic requires `type: object` at the root. */
function encodeSchema(text: string, path: string, crossing: Crossing): JsonObject {
  if (text === "") return { type: "object", properties: {} };
  const schema = parseJson(text);
  if (!isObject(schema)) {
    crossing.refuse(`${path}.function.parameters`, "expected a JSON Schema, which is a JSON object");
    return {};
  }
  if (schema["type"] !== undefined) return schema;
  if (Object.keys(schema).length > 0) crossing.changes.convert(`${path}.function.parameters`, "type: object added");
  return { type: "object", ...schema };
}

function encodeToolChoice(request: ChatRequest, traits: ModelTraits, crossing: Crossing): JsonObject | undefined {
  const { toolChoice, parallelToolCalls: parallel, tools } = request;
  if (tools.length === 0) {
    if (toolChoice !== undefined && isForced(toolChoice.mode))
      crossing.changes.drop("tool_choice", "there are no tools");
    return undefined;
  }
  // Several calls at once are Anthropic's default, so they are not asked for.
  const limit = parallel === undefined ? {} : { disable_parallel_tool_use: !parallel };
  const mode = toolChoice?.mode;
  if (mode === undefined) return parallel === false ? { type: "auto", ...limit } : undefined;
  if (isForced(mode) && !traits.forcedTools) {
    crossing.changes.convert("tool_choice", "auto: the model always thinks, and then calls no tool by force");
    return { type: "auto", ...limit };
  }
  switch (mode) {
    case ToolChoiceMode.NONE:
      return { type: "none" };
    case ToolChoiceMode.REQUIRED:
      return { type: "any", ...limit };
    case ToolChoiceMode.TOOL:
      return { type: "tool", name: toolChoice?.tool ?? "", ...limit };
    default:
      return { type: "auto", ...limit };
  }
}

export function isForced(mode: ToolChoiceMode | undefined): boolean {
  return mode === ToolChoiceMode.REQUIRED || mode === ToolChoiceMode.TOOL;
}
