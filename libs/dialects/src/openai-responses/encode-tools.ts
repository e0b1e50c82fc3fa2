import { type ChatRequest, type Tool, ToolChoiceMode } from "@sluice/api/sluice/chat/v1/chat_request";
import { readCustomToolFormat } from "../custom-tool-format.ts";
import type { JsonObject } from "../dialect.ts";
import { readExtension, restoreExtensions } from "../extension.ts";
import { isObject, parseJson } from "../json.ts";
import type { EncodeContext } from "../openai-chat/encode-context.ts";
import { readWebSearch, type WebSearch } from "../web-search.ts";
import { customToolFields, type Draft, dialectName, functionFields } from "./wire.ts";

/** Writes `tools`, and the choice among them. */
export function encodeTools(request: ChatRequest, target: Draft, context: EncodeContext): void {
  const tools = request.tools.flatMap((tool, index) => {
    const encoded = encodeTool(tool, `tools[${index}]`, context);
    return encoded === undefined ? [] : [encoded as JsonObject];
  });
  if (tools.length > 0) target["tools"] = tools;
  const choice = encodeToolChoice(request);
  if (choice !== undefined) target["tool_choice"] = choice;
  if (request.parallelToolCalls !== undefined) target["parallel_tool_calls"] = request.parallelToolCalls;
}

function encodeTool(tool: Tool, path: string, context: EncodeContext): Draft | undefined {
  if (tool.cacheControl !== undefined) context.changes.drop("cache_control", "the provider caches prompts by itself");
  switch (tool.kind.case) {
    case "function": {
      const { name, description, parametersJsonSchema: schema, strict } = tool.kind.value;
      const parameters = schema === "" ? { type: "object", properties: {} } : parseJson(schema);
      if (!isObject(parameters)) {
        context.refuse(`${path}.parameters`, "parameters that are not a JSON Schema object");
        return undefined;
      }
      // Where nothing is said this dialect takes a function to be strict, and others do not.
      const unsaid = readExtension(tool.extensions, dialectName, "#strict") !== undefined;
      const strictness = strict !== undefined ? { strict } : unsaid ? {} : { strict: false };
      const written = { type: "function", name, ...(description !== "" && { description }), parameters, ...strictness };
      return withExtensions(written, tool, functionFields, path, context);
    }
    case "custom": {
      const { name, description, formatJson } = tool.kind.value;
      const format = encodeFormat(formatJson);
      const written = { type: "custom", name, ...(description !== "" && { description }), ...(format && { format }) };
      return withExtensions(written, tool, customToolFields, path, context);
    }
    case "server": {
      const { dialect, type, json } = tool.kind.value;
      const own = dialect === dialectName ? parseJson(json) : undefined;
      if (isObject(own)) return { ...own };
      const search = readWebSearch(tool.kind.value);
      if (search !== undefined) return encodeWebSearch(search, `${type} of ${dialect}`, path, context);
      context.refuse(path, `the tool ${type} is run by providers of ${dialect} and has no form in openai.responses`);
      return undefined;
    }
    case undefined:
      context.refuse(path, "a tool of no kind");
      return undefined;
  }
}

/** After `WebSearchTool` of OpenAI's SDK 7.57.0, seen 2026-11-22. */
function encodeWebSearch(search: WebSearch, from: string, path: string, context: EncodeContext): Draft {
  const lost = [
    ...(search.blockedDomains.length > 0 ? ["blocked domains"] : []),
    ...(search.maxUses === undefined ? [] : ["max_uses"]),
    ...search.rest,
  ];
  context.changes.convert(
    path,
    `${from} is sent as OpenAI's web_search${lost.length === 0 ? "" : `, without ${lost.join(", ")}`}`,
  );
  return {
    type: "web_search",
    ...(search.allowedDomains.length > 0 && { filters: { allowed_domains: search.allowedDomains } }),
    ...(search.location !== undefined && { user_location: { type: "approximate", ...search.location } }),
    ...(search.contextSize !== undefined && { search_context_size: search.contextSize }),
  };
}

function encodeFormat(formatJson: string): JsonObject | undefined {
  const format = readCustomToolFormat(formatJson);
  switch (format.kind) {
    case "grammar":
      return { type: "grammar", syntax: format.syntax, definition: format.definition };
    case "other":
      return format.json;
    case "text":
      return formatJson === "" ? undefined : { type: "text" };
  }
}

function withExtensions(
  written: Draft,
  tool: Tool,
  fields: ReadonlySet<string>,
  path: string,
  context: EncodeContext,
): Draft {
  restoreExtensions(tool.extensions, dialectName, written, fields, context.changes, `${path}.`);
  return written;
}

function encodeToolChoice({ toolChoice, tools }: ChatRequest): string | JsonObject | undefined {
  switch (toolChoice?.mode) {
    case ToolChoiceMode.AUTO:
      return "auto";
    case ToolChoiceMode.NONE:
      return "none";
    case ToolChoiceMode.REQUIRED:
      return "required";
    case ToolChoiceMode.TOOL: {
      const name = toolChoice.tool;
      const isCustom = tools.some(({ kind }) => kind.case === "custom" && kind.value.name === name);
      return { type: isCustom ? "custom" : "function", name };
    }
    default:
      return undefined;
  }
}
