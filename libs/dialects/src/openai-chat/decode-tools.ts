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
import { createExtension, keepUnknown } from "../extension.ts";
import { isObject, objectOf, stringOf } from "../json.ts";
import { type Problems, readArray, readBoolean, readString, reportProblem, reportType } from "../request-problem.ts";
import { decodeCacheControl } from "./cache-control.ts";
import { customToolFields, dialectName, functionFields, toolFields } from "./wire.ts";

/** Reads `tools`, and the deprecated `functions`. A tool of another type is the provider's own. */
export function decodeTools(body: JsonObject, problems: Problems): Tool[] {
  const tools: Tool[] = [];
  for (const [index, entry] of (readArray(problems, body, "tools", "") ?? []).entries()) {
    const path = `tools[${index}]`;
    if (isObject(entry)) tools.push(decodeTool(entry, path, problems));
    else reportType(problems, path, "an object", entry);
  }
  for (const [index, entry] of (readArray(problems, body, "functions", "") ?? []).entries()) {
    const path = `functions[${index}]`;
    if (isObject(entry)) tools.push(decodeFunction(entry, {}, path, problems));
    else reportType(problems, path, "an object", entry);
  }
  return tools;
}

function decodeTool(tool: JsonObject, path: string, problems: Problems): Tool {
  const type = tool["type"] ?? (isObject(tool["function"]) ? "function" : undefined);
  if (typeof type !== "string" || type === "") {
    reportType(problems, `${path}.type`, "a string", type);
    return create(ToolSchema);
  }
  if (type === "function") {
    const declared = objectOf(tool["function"]);
    if (declared !== undefined) return decodeFunction(declared, tool, `${path}.function`, problems);
    reportType(problems, `${path}.function`, "an object", tool["function"]);
    return create(ToolSchema);
  }
  if (type === "custom" && isObject(tool["custom"])) {
    return decodeCustom(tool["custom"], tool, `${path}.custom`, problems);
  }
  return create(ToolSchema, {
    kind: {
      case: "server",
      value: { dialect: dialectName, type, name: stringOf(tool["name"]) ?? "", json: JSON.stringify(tool) },
    },
  });
}

function decodeFunction(declared: JsonObject, tool: JsonObject, path: string, problems: Problems): Tool {
  const name = readName(declared, path, problems);
  const parameters = declared["parameters"];
  const strict = readBoolean(problems, declared, "strict", `${path}.`);
  if (parameters !== undefined && parameters !== null && !isObject(parameters)) {
    reportType(problems, `${path}.parameters`, "an object", parameters);
  }
  const cache = decodeCacheControl(tool);
  return create(ToolSchema, {
    kind: {
      case: "function",
      value: {
        name,
        description: readString(problems, declared, "description", `${path}.`) ?? "",
        parametersJsonSchema: isObject(parameters) ? JSON.stringify(parameters) : "",
        ...(strict === undefined ? {} : { strict }),
      },
    },
    ...cache,
    extensions: [
      ...cache.extensions,
      ...keepUnknown(tool, toolFields, dialectName),
      ...keepNested("function", declared, functionFields),
    ],
  });
}

function decodeCustom(declared: JsonObject, tool: JsonObject, path: string, problems: Problems): Tool {
  const format = declared["format"];
  const cache = decodeCacheControl(tool);
  return create(ToolSchema, {
    kind: {
      case: "custom",
      value: {
        name: readName(declared, path, problems),
        description: readString(problems, declared, "description", `${path}.`) ?? "",
        formatJson: format === undefined || format === null ? "" : JSON.stringify(format),
      },
    },
    ...cache,
    extensions: [
      ...cache.extensions,
      ...keepUnknown(tool, toolFields, dialectName),
      ...keepNested("custom", declared, customToolFields),
    ],
  });
}

function readName(declared: JsonObject, path: string, problems: Problems): string {
  const name = declared["name"];
  if (typeof name === "string" && name !== "" && name.length <= 256) return name;
  if (typeof name === "string") {
    reportProblem(problems, `${path}.name`, `invalid '${path}.name': expected 1 to 256 characters`);
  } else reportType(problems, `${path}.name`, "a string", name);
  return "";
}

function keepNested(head: string, source: JsonObject, known: ReadonlySet<string>): Extension[] {
  const kept = keepUnknown(source, known, dialectName);
  for (const extension of kept) extension.field = `${head}.${extension.field}`;
  return kept;
}

export type DecodedToolChoice = { readonly choice: ToolChoice | undefined; readonly extension: Extension | undefined };

const modes: Readonly<Record<string, ToolChoiceMode>> = {
  auto: ToolChoiceMode.AUTO,
  none: ToolChoiceMode.NONE,
  required: ToolChoiceMode.REQUIRED,
  any: ToolChoiceMode.REQUIRED,
};

/**
 * Reads `tool_choice`, or the deprecated `function_call`. `allowed_tools` has no place in the hub: its mode has, the list is kept as an
 * extension. So is a choice of an unknown type.
 */
export function decodeToolChoice(body: JsonObject, problems: Problems): DecodedToolChoice {
  const value = body["tool_choice"] ?? body["function_call"];
  const field = body["tool_choice"] === undefined || body["tool_choice"] === null ? "function_call" : "tool_choice";
  if (value === undefined || value === null) return { choice: undefined, extension: undefined };
  if (typeof value === "string") {
    const mode = Object.hasOwn(modes, value) ? modes[value] : undefined;
    if (mode !== undefined) return { choice: create(ToolChoiceSchema, { mode }), extension: undefined };
    const expected = "supported values are: 'none', 'auto' and 'required'";
    reportProblem(problems, field, `invalid value: '${value.slice(0, 64)}'. ${expected}`);
    return { choice: undefined, extension: undefined };
  }
  if (!isObject(value)) {
    reportType(problems, field, "one of a string or an object", value);
    return { choice: undefined, extension: undefined };
  }
  if (field === "function_call")
    return { choice: createToolMode(value["name"], field, problems), extension: undefined };
  switch (value["type"]) {
    case "function":
    case undefined: {
      const choice = createToolMode(objectOf(value["function"])?.["name"], "tool_choice.function", problems);
      return { choice, extension: undefined };
    }
    case "custom": {
      const choice = createToolMode(objectOf(value["custom"])?.["name"], "tool_choice.custom", problems);
      return { choice, extension: undefined };
    }
    default: {
      const mode = stringOf(objectOf(value["allowed_tools"])?.["mode"]) ?? "";
      return {
        choice: Object.hasOwn(modes, mode) ? create(ToolChoiceSchema, { mode: modes[mode] ?? 0 }) : undefined,
        extension: createExtension(dialectName, "tool_choice", value),
      };
    }
  }
}

function createToolMode(name: JsonValue | undefined, path: string, problems: Problems): ToolChoice | undefined {
  if (typeof name === "string") return create(ToolChoiceSchema, { mode: ToolChoiceMode.TOOL, tool: name });
  reportType(problems, `${path}.name`, "a string", name);
  return undefined;
}
