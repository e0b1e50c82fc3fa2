import {
  type ChatRequest,
  type FunctionTool,
  type Tool,
  ToolChoiceMode,
} from "@sluice/api/sluice/chat/v1/chat_request";
import type { JsonObject } from "../dialect.ts";
import { readExtension } from "../extension.ts";
import { isObject, parseJson } from "../json.ts";
import { readWebSearch } from "../web-search.ts";
import type { Crossing } from "./crossing.ts";
import { callingConfigField, parametersNote } from "./decode-tools.ts";
import type { ModelTraits } from "./model-traits.ts";
import { restoreFields } from "./nested-fields.ts";
import { fitJsonSchema, toJsonSchema } from "./schema.ts";
import { encodeWebSearch } from "./web-search.ts";
import { type Draft, dialectName, functionFields } from "./wire.ts";

/** Writes `tools` and `toolConfig`. All functions are declared in one entry, where the first of them stands. */
export function encodeTools(request: ChatRequest, traits: ModelTraits, body: Draft, crossing: Crossing): void {
  const functions: Draft[] = [];
  const tools: JsonObject[] = [];
  for (const [index, tool] of request.tools.entries()) {
    const path = `tools[${index}]`;
    if (tool.cacheControl !== undefined) {
      crossing.changes.drop(`${path}.cache_control`, "Google caches prompts by itself");
    }
    const declared = tool.kind.case === "function" ? encodeFunction(tool, tool.kind.value, path, crossing) : undefined;
    if (declared === undefined) {
      if (isForeignSearch(tool) && !traits.functionsWithSearch && hasFunctions(request)) {
        crossing.changes.drop(path, "the model takes functions, or searches the web, but not both");
        continue;
      }
      const own = encodeServerTool(tool, path, crossing);
      if (own !== undefined) tools.push(own);
      continue;
    }
    if (functions.length === 0) tools.push({ functionDeclarations: functions as JsonObject[] });
    functions.push(declared);
  }
  if (tools.length > 0) body["tools"] = tools;
  const isMixed = functions.length > 0 && traits.functionsWithSearch && request.tools.some(isForeignSearch);
  const calling = encodeChoice(request, functions.length > 0, isMixed, traits, crossing);
  const config = {
    ...(calling !== undefined && { functionCallingConfig: calling }),
    // Demanded by the Gemini API where functions stand beside tools that Google runs.
    ...(isMixed && { includeServerSideToolInvocations: true }),
  };
  if (Object.keys(config).length > 0) body["toolConfig"] = config;
}

function isForeignSearch({ kind }: Tool): boolean {
  return kind.case === "server" && kind.value.dialect !== dialectName && readWebSearch(kind.value) !== undefined;
}

export function hasFunctions(request: ChatRequest): boolean {
  return request.tools.some(({ kind }) => kind.case === "function");
}

/** What Google takes as a function's name (types of `@google/genai` 3.1.0, seen 2026-11-22). */
const functionName = /^[a-zA-Z_][a-zA-Z0-9_.:-]{0,127}$/;

function encodeFunction(tool: Tool, declared: FunctionTool, path: string, crossing: Crossing): Draft {
  if (!functionName.test(declared.name)) {
    crossing.refuse(
      `${path}.function.name`,
      "expected a letter or underscore, then at most 127 letters, digits, underscores, dots, colons or dashes",
    );
  }
  const target: Draft = {
    name: declared.name,
    ...(declared.description !== "" && { description: declared.description }),
    ...encodeParameters(tool, declared.parametersJsonSchema, path, crossing),
  };
  restoreFields(tool.extensions, {}, target, functionFields, crossing.changes, `${path}.`);
  return target;
}

function encodeParameters(tool: Tool, schemaJson: string, path: string, crossing: Crossing): Draft {
  if (schemaJson === "") return {};
  const schema = parseJson(schemaJson);
  if (!isObject(schema)) {
    crossing.refuse(`${path}.function.parameters`, "expected a JSON Schema, which is a JSON object");
    return {};
  }
  const written = readExtension(tool.extensions, dialectName, parametersNote);
  if (isObject(written) && JSON.stringify(toJsonSchema(written)) === schemaJson) return { parameters: written };
  const { schema: fitted, changes } = fitJsonSchema(schema);
  for (const change of changes) crossing.changes.convert(`${path}.function.parameters`, change);
  return { parametersJsonSchema: fitted };
}

function encodeServerTool(tool: Tool, path: string, crossing: Crossing): JsonObject | undefined {
  switch (tool.kind.case) {
    case "server": {
      const { dialect, type, json } = tool.kind.value;
      const own = dialect === dialectName ? parseJson(json) : undefined;
      if (isObject(own)) return own;
      const search = readWebSearch(tool.kind.value);
      if (search !== undefined) return encodeWebSearch(search, `${type} of ${dialect}`, path, crossing);
      crossing.refuse(path, `a tool of ${dialect} (${type}), expected a function or a tool of Google's`);
      return undefined;
    }
    case "function":
      return undefined;
    default:
      crossing.refuse(path, "a tool of no kind, expected a function");
      return undefined;
  }
}

/** Google refuses a choice where there are no functions, and AUTO where they stand beside its own tools (`isMixed`). */
function encodeChoice(
  request: ChatRequest,
  hasFunctionTools: boolean,
  isMixed: boolean,
  traits: ModelTraits,
  crossing: Crossing,
): JsonObject | undefined {
  const { toolChoice, parallelToolCalls, extensions } = request;
  const { changes } = crossing;
  if (parallelToolCalls === false) {
    changes.drop("parallel_tool_calls", "Google's models call as many functions at once as they see fit");
  }
  const isForced = toolChoice?.mode === ToolChoiceMode.REQUIRED || toolChoice?.mode === ToolChoiceMode.TOOL;
  if (!hasFunctionTools) {
    if (isForced) changes.drop("tool_choice", "there are no functions");
    return undefined;
  }
  const written = readExtension(extensions, dialectName, callingConfigField);
  const mode = encodeMode(toolChoice?.mode);
  if (isObject(written) && (mode ?? "AUTO") === (written["mode"] === "VALIDATED" ? "AUTO" : written["mode"])) {
    return written;
  }
  const isValidated = reportStrict(request, traits, isForced, crossing) || isMixed;
  if (mode === undefined) return isValidated ? { mode: "VALIDATED" } : undefined;
  if (toolChoice?.mode === ToolChoiceMode.TOOL) return { mode, allowedFunctionNames: [toolChoice.tool] };
  return { mode: mode === "AUTO" && isValidated ? "VALIDATED" : mode };
}

function encodeMode(mode: ToolChoiceMode | undefined): string | undefined {
  switch (mode) {
    case ToolChoiceMode.AUTO:
      return "AUTO";
    case ToolChoiceMode.NONE:
      return "NONE";
    case ToolChoiceMode.REQUIRED:
    case ToolChoiceMode.TOOL:
      return "ANY";
    default:
      return undefined;
  }
}

/**
 * Google holds all calls to their schemas, or none: by force it always does, and else in the mode VALIDATED. Whether that mode is to be
 * asked for.
 */
function reportStrict(request: ChatRequest, traits: ModelTraits, isForced: boolean, { changes }: Crossing): boolean {
  const place = request.tools.findIndex(({ kind }) => kind.case === "function" && kind.value.strict === true);
  if (place < 0 || isForced || request.toolChoice?.mode === ToolChoiceMode.NONE) return false;
  if (!traits.validatedCalls) {
    changes.drop(`tools[${place}].function.strict`, "the model is not held to schemas");
    return false;
  }
  changes.convert(`tools[${place}].function.strict`, "functionCallingConfig VALIDATED, for all functions");
  return true;
}
