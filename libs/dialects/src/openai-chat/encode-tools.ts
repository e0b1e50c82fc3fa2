import { type ChatRequest, type Tool, ToolChoiceMode } from "@sluice/api/sluice/chat/v1/chat_request";
import type { Extension } from "@sluice/api/sluice/chat/v1/content";
import { readCustomToolFormat } from "../custom-tool-format.ts";
import type { JsonObject, JsonValue } from "../dialect.ts";
import { isNote, readExtension, reportForeignExtensions } from "../extension.ts";
import { isObject, parseJson, setMember } from "../json.ts";
import { encodeCacheControl } from "./cache-control.ts";
import type { EncodeContext } from "./encode-context.ts";
import { encodeWebSearch } from "./web-search.ts";
import { dialectName } from "./wire.ts";

/** Writes `tools`, or `functions` where they came so, and the choice among them. */
export function encodeTools(
  request: ChatRequest,
  target: Record<string, JsonValue | undefined>,
  context: EncodeContext,
): void {
  const legacy = readExtension(request.extensions, dialectName, "#functions") === true;
  const tools: JsonObject[] = [];
  const functions: JsonValue[] = [];
  for (const [index, tool] of request.tools.entries()) {
    if (encodeWebSearch(tool, `tools[${index}]`, target, context)) continue;
    const encoded = encodeTool(tool, `tools[${index}]`, context);
    if (encoded === undefined) continue;
    if (legacy && tool.kind.case === "function") functions.push(encoded["function"] ?? null);
    else tools.push(encoded);
  }
  if (tools.length > 0) target["tools"] = tools;
  if (functions.length > 0) target["functions"] = functions;
  encodeToolChoice(request, legacy, target);
  if (request.parallelToolCalls !== undefined) target["parallel_tool_calls"] = request.parallelToolCalls;
}

function encodeTool(tool: Tool, path: string, context: EncodeContext): JsonObject | undefined {
  const written = encodeKind(tool, path, context);
  if (written === undefined) return undefined;
  const target: Record<string, JsonValue | undefined> = { ...written };
  encodeCacheControl(tool, target, context, false);
  restoreMembers(tool.extensions, target);
  reportForeignExtensions(tool.extensions, dialectName, context.changes, `${path}.`);
  return target;
}

function encodeKind(tool: Tool, path: string, context: EncodeContext): JsonObject | undefined {
  switch (tool.kind.case) {
    case "function": {
      const { name, description, parametersJsonSchema, strict } = tool.kind.value;
      const parameters = parametersJsonSchema === "" ? undefined : parseJson(parametersJsonSchema);
      if (parametersJsonSchema !== "" && !isObject(parameters)) {
        context.refuse(`${path}.function.parameters`, "parameters that are not a JSON Schema object");
        return undefined;
      }
      return {
        type: "function",
        function: {
          name,
          ...(description === "" ? {} : { description }),
          ...(parameters === undefined ? {} : { parameters }),
          ...(strict === undefined ? {} : { strict }),
        },
      };
    }
    case "custom": {
      const { name, description, formatJson } = tool.kind.value;
      const format = encodeCustomFormat(formatJson);
      return {
        type: "custom",
        custom: {
          name,
          ...(description === "" ? {} : { description }),
          ...(format === undefined ? {} : { format }),
        },
      };
    }
    case "server": {
      const { dialect, type, json } = tool.kind.value;
      const own = dialect === dialectName ? parseJson(json) : undefined;
      if (isObject(own)) return own;
      context.refuse(path, `the tool ${type} is run by providers of ${dialect} and has no form in openai.chat`);
      return undefined;
    }
    case undefined:
      context.refuse(path, "a tool of no kind");
      return undefined;
  }
}

function encodeCustomFormat(formatJson: string): JsonObject | undefined {
  const format = readCustomToolFormat(formatJson);
  switch (format.kind) {
    case "text":
      return formatJson === "" ? undefined : { type: "text" };
    case "grammar":
      return { type: "grammar", grammar: { syntax: format.syntax, definition: format.definition } };
    case "other":
      return format.json;
  }
}

/** Members kept by path (`function.x`) return into their object, others stand beside it. */
function restoreMembers(extensions: readonly Extension[], target: Record<string, JsonValue | undefined>): void {
  for (const extension of extensions) {
    if (extension.dialect !== dialectName || isNote(extension)) continue;
    const value = parseJson(extension.json);
    if (value === undefined) continue;
    const [head = "", ...rest] = extension.field.split(".");
    const nested = target[head];
    if (rest.length > 0 && isObject(nested)) {
      const copy: Record<string, JsonValue | undefined> = { ...nested };
      if (!Object.hasOwn(copy, rest.join("."))) setMember(copy, rest.join("."), value);
      target[head] = copy;
    } else if (!Object.hasOwn(target, extension.field)) setMember(target, extension.field, value);
  }
}

function encodeToolChoice(request: ChatRequest, legacy: boolean, target: Record<string, JsonValue | undefined>): void {
  const choice = request.toolChoice;
  if (choice === undefined) return;
  const field = legacy ? "function_call" : "tool_choice";
  switch (choice.mode) {
    case ToolChoiceMode.AUTO:
      target[field] = "auto";
      return;
    case ToolChoiceMode.NONE:
      target[field] = "none";
      return;
    case ToolChoiceMode.REQUIRED:
      target["tool_choice"] = "required";
      return;
    case ToolChoiceMode.TOOL: {
      const name = choice.tool;
      const isCustom = request.tools.some(({ kind }) => kind.case === "custom" && kind.value.name === name);
      if (legacy) target[field] = { name };
      else target[field] = isCustom ? { type: "custom", custom: { name } } : { type: "function", function: { name } };
      return;
    }
    default:
      return;
  }
}
