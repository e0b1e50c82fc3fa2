import {
  type ChatRequest,
  type FunctionTool,
  type Tool,
  ToolChoiceMode,
} from "@sluice/api/sluice/chat/v1/chat_request";
import type { Crossing } from "../anthropic-messages/crossing.ts";
import type { JsonObject } from "../dialect.ts";
import { isObject, objectOf, parseJson, stringOf } from "../json.ts";
import { encodeCachePoint } from "./cache-point.ts";
import type { ModelTraits } from "./model-traits.ts";
import { restoreOwnFields } from "./own-fields.ts";
import { isToolName } from "./tool-call-id.ts";
import { type Draft, dialectName } from "./wire.ts";

/**
 * `toolConfig`. Undefined where there is nothing to declare. Bedrock demands it wherever the conversation has a call or a result ("The toolConfig
 * field must be defined when using toolUse and toolResult content blocks", github.com/vxcontrol/pentagi/pull/196, seen 2026-11-22): where the
 * request declares no tools, those that the conversation names are declared, by their names alone.
 */
export function encodeToolConfig(
  request: ChatRequest,
  messages: readonly Draft[],
  traits: ModelTraits,
  crossing: Crossing,
): Draft | undefined {
  const { changes } = crossing;
  const mode = request.toolChoice?.mode;
  const called = readCalledTools(messages);
  if (request.tools.length === 0) {
    if (isForced(mode)) changes.drop("tool_choice", "there are no tools");
    if (called === undefined) return undefined;
    changes.addDefault("tools", `${called.join(", ")}: Bedrock demands the tools of earlier turns`);
    return { tools: called.map((name) => ({ toolSpec: { name, inputSchema: { json: { type: "object" } } } })) };
  }
  if (!traits.tools) {
    crossing.refuse("tools", "the model calls no tools");
    return undefined;
  }
  if (mode === ToolChoiceMode.NONE && called === undefined) {
    changes.convert("tool_choice", "the tools are not sent: Bedrock has no other way to have none called");
    return undefined;
  }
  const tools = request.tools.flatMap((tool, index) => encodeTool(tool, `tools[${index}]`, traits, crossing));
  const toolChoice = encodeToolChoice(request, traits, crossing);
  if (request.parallelToolCalls === false)
    changes.drop("parallel_tool_calls", "Bedrock does not keep a model to one call");
  return { tools, ...(toolChoice !== undefined && { toolChoice }) };
}

/** The tools that the conversation's calls name. Undefined: it has neither calls nor results. */
function readCalledTools(messages: readonly Draft[]): readonly string[] | undefined {
  const names = new Set<string>();
  let found = false;
  for (const { content } of messages) {
    for (const block of content as readonly JsonObject[]) {
      const name = stringOf(objectOf(block["toolUse"])?.["name"]);
      if (name !== undefined) names.add(name);
      found ||= name !== undefined || block["toolResult"] !== undefined;
    }
  }
  // A result whose call is gone still needs a tool to be there.
  if (found && names.size === 0) names.add("tool");
  return found ? [...names] : undefined;
}

function encodeTool(tool: Tool, path: string, traits: ModelTraits, crossing: Crossing): readonly Draft[] {
  const encoded = encodeKind(tool, path, crossing);
  if (encoded === undefined) return [];
  if (tool.cacheControl === undefined) return [encoded];
  const point = encodeCachePoint(tool.cacheControl, "tools", path, traits, crossing.changes);
  return point === undefined ? [encoded] : [encoded, point];
}

function encodeKind(tool: Tool, path: string, crossing: Crossing): Draft | undefined {
  switch (tool.kind.case) {
    case "function": {
      const spec = encodeFunction(tool.kind.value, path, crossing);
      const reserved = new Set(Object.keys(spec));
      restoreOwnFields(tool.extensions, new Set(), spec, reserved, crossing.changes, `${path}.`);
      return { toolSpec: spec };
    }
    case "server": {
      const { dialect, json, type } = tool.kind.value;
      const own = dialect === dialectName ? parseJson(json) : undefined;
      if (isObject(own)) return { ...own };
      crossing.refuse(path, `a tool of ${dialect} (${type}), expected a function or a tool of Bedrock's`);
      return undefined;
    }
    default:
      crossing.refuse(path, "a tool of another kind, expected a function");
      return undefined;
  }
}

function encodeFunction(tool: FunctionTool, path: string, crossing: Crossing): Draft {
  // It could be sent under another name, but the client would not know the tool that is called.
  if (!isToolName(tool.name)) {
    crossing.refuse(`${path}.name`, "expected at most 64 letters, digits, _ and -: Bedrock takes no other name");
  }
  return {
    name: tool.name,
    ...(tool.description.trim() !== "" && { description: tool.description }),
    inputSchema: { json: encodeSchema(tool.parametersJsonSchema, path, crossing) },
    ...(tool.strict !== undefined && { strict: tool.strict }),
  };
}

/** Bedrock requires `type: object` at the root. */
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
  const { changes } = crossing;
  const takes = traits.toolChoices;
  switch (request.toolChoice?.mode) {
    case undefined:
      return undefined;
    case ToolChoiceMode.NONE:
      changes.drop("tool_choice", "Bedrock has none, and demands the tools of earlier turns");
      return undefined;
    case ToolChoiceMode.TOOL:
      if (takes.has("tool")) return { tool: { name: request.toolChoice.tool } };
      changes.convert("tool_choice", takes.has("any") ? "any: the model is made to call no certain tool" : noForce);
      return takes.has("any") ? { any: {} } : undefined;
    case ToolChoiceMode.REQUIRED:
      if (takes.has("any")) return { any: {} };
      changes.convert("tool_choice", noForce);
      return undefined;
    default:
      // As the model decides is what Bedrock does where nothing is said.
      return takes.has("auto") ? { auto: {} } : undefined;
  }
}

const noForce = "auto: the model calls no tool by force";

function isForced(mode: ToolChoiceMode | undefined): boolean {
  return mode === ToolChoiceMode.REQUIRED || mode === ToolChoiceMode.TOOL;
}
