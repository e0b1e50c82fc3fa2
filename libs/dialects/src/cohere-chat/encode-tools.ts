import { type ChatRequest, type Tool, ToolChoiceMode } from "@sluice/api/sluice/chat/v1/chat_request";
import type { JsonObject } from "../dialect.ts";
import { isNote, reportForeignExtensions } from "../extension.ts";
import { arrayOf, isObject, objectOf, parseJson, setMember } from "../json.ts";
import type { Crossing } from "./crossing.ts";
import { type Draft, dialectName } from "./wire.ts";

/** Writes `tools`, `strict_tools` and `tool_choice`. Cohere cannot be told which tool to call: it is then given that one alone. */
export function encodeTools(request: ChatRequest, crossing: Crossing): Draft {
  const { toolChoice } = request;
  const isNamed = toolChoice?.mode === ToolChoiceMode.TOOL;
  const offered = isNamed ? request.tools.filter((tool) => nameOf(tool) === toolChoice.tool) : request.tools;
  if (isNamed && offered.length === 0) crossing.refuse("tool_choice", `the tool ${toolChoice.tool} is not among tools`);
  if (isNamed && offered.length > 0) {
    crossing.changes.convert("tool_choice", `REQUIRED, with ${toolChoice.tool} as the only tool`);
  }
  const tools: JsonObject[] = [];
  for (const [index, tool] of request.tools.entries()) {
    if (!offered.includes(tool)) continue;
    const encoded = encodeTool(tool, `tools[${index}]`, crossing);
    if (encoded !== undefined) tools.push(encoded);
  }
  if (tools.length === 0) return encodeNone(request);
  return { tools, ...encodeStrict(offered, crossing), ...encodeToolChoice(toolChoice?.mode) };
}

/** Without tools `NONE` says nothing new; `REQUIRED` is Cohere's to refuse. */
function encodeNone({ toolChoice }: ChatRequest): Draft {
  return toolChoice?.mode === ToolChoiceMode.REQUIRED ? { tool_choice: "REQUIRED" } : {};
}

function encodeToolChoice(mode: ToolChoiceMode | undefined): Draft {
  switch (mode) {
    case ToolChoiceMode.NONE:
      return { tool_choice: "NONE" };
    case ToolChoiceMode.REQUIRED:
    case ToolChoiceMode.TOOL:
      return { tool_choice: "REQUIRED" };
    default:
      return {};
  }
}

function nameOf({ kind }: Tool): string {
  return kind.case === "function" ? kind.value.name : "";
}

function encodeTool(tool: Tool, path: string, crossing: Crossing): JsonObject | undefined {
  if (tool.cacheControl !== undefined) crossing.changes.drop("cache_control", "Cohere caches prompts by itself");
  switch (tool.kind.case) {
    case "function": {
      const { name, description, parametersJsonSchema } = tool.kind.value;
      const parameters = parametersJsonSchema === "" ? {} : parseJson(parametersJsonSchema);
      if (!isObject(parameters)) {
        crossing.refuse(`${path}.function.parameters`, "parameters that are not a JSON Schema object");
        return undefined;
      }
      // The parameters are required, also where there are none.
      const isBare = Object.keys(parameters).length === 0;
      const declared: Draft = {
        name,
        ...(description !== "" && { description }),
        parameters: isBare ? { type: "object", properties: {} } : parameters,
      };
      const written: Draft = { type: "function", function: declared };
      restoreMembers(tool, written, declared);
      reportForeignExtensions(tool.extensions, dialectName, crossing.changes, `${path}.`);
      return written;
    }
    case "server": {
      const { dialect, type, json } = tool.kind.value;
      const own = dialect === dialectName ? parseJson(json) : undefined;
      if (isObject(own)) return own;
      crossing.refuse(path, `the tool ${type} is run by providers of ${dialect} and has no form in ${dialectName}`);
      return undefined;
    }
    default:
      crossing.refuse(path, "a tool of no kind");
      return undefined;
  }
}

function restoreMembers({ extensions }: Tool, written: Draft, declared: Draft): void {
  for (const extension of extensions) {
    const value = extension.dialect !== dialectName || isNote(extension) ? undefined : parseJson(extension.json);
    if (value === undefined) continue;
    const nested = extension.field.startsWith("function.");
    const target = nested ? declared : written;
    const field = nested ? extension.field.slice("function.".length) : extension.field;
    if (!Object.hasOwn(target, field)) setMember(target, field, value);
  }
}

/**
 * `strict_tools` is of all tools at once, and demands of each that it has a required parameter
 * (docs.cohere.com/docs/tool-use-parameter-types, seen 2026-11-22).
 */
function encodeStrict(tools: readonly Tool[], { changes }: Crossing): Draft {
  const said = tools.flatMap(({ kind }) => (kind.case === "function" ? [kind.value] : []));
  if (said.every(({ strict }) => strict === undefined)) return {};
  if (said.every(({ strict }) => strict !== true)) return { strict_tools: false };
  const loose = said.find(({ parametersJsonSchema }) => !hasRequired(parametersJsonSchema));
  if (loose !== undefined) {
    changes.drop("tools.strict", `Cohere's strict_tools asks for a required parameter, and ${loose.name} has none`);
    return {};
  }
  if (!said.every(({ strict }) => strict === true))
    changes.convert("tools.strict", "strict_tools: of all tools at once");
  return { strict_tools: true };
}

function hasRequired(schemaJson: string): boolean {
  return arrayOf(objectOf(parseJson(schemaJson))?.["required"]).length > 0;
}
