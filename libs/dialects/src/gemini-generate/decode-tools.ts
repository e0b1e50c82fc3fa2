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
import { arrayOf, isArray, isObject, stringOf } from "../json.ts";
import { type Problems, readObject, readString, reportProblem, reportType } from "../request-problem.ts";
import { camelize, messageOf, repeatedOf } from "./camel-case.ts";
import { keepNested } from "./nested-fields.ts";
import { toJsonSchema } from "./schema.ts";
import { dialectName, functionFields } from "./wire.ts";

/** Reads `tools`. An entry declares functions, and tools that Google runs itself, one to a member: each is a tool of the hub's. */
export function decodeTools(value: JsonValue | undefined, problems: Problems): Tool[] {
  const tools: Tool[] = [];
  if (value === undefined || value === null) return tools;
  for (const [index, entry] of (repeatedOf(value) ?? []).entries()) {
    const path = `tools[${index}]`;
    const declared = messageOf(entry, `${path}.`, problems) ?? {};
    for (const key of Object.keys(declared)) {
      const member = declared[key];
      if (member === undefined || member === null) continue;
      if (key === "functionDeclarations") tools.push(...decodeFunctions(member, `${path}.${key}`, problems));
      else tools.push(createServerTool(key, member));
    }
  }
  return tools;
}

function createServerTool(type: string, declaration: JsonValue): Tool {
  return create(ToolSchema, {
    kind: {
      case: "server",
      value: { dialect: dialectName, type: type.slice(0, 256), json: JSON.stringify({ [type]: declaration }) },
    },
  });
}

function decodeFunctions(value: JsonValue, path: string, problems: Problems): Tool[] {
  const list = repeatedOf(value);
  if (list === undefined) reportType(problems, path, "an array of objects", value);
  return (list ?? []).map((entry, index) => decodeFunction(entry, `${path}[${index}]`, problems));
}

/** The parameters in Google's own form of schema, noted as they came: the hub has them as JSON Schema. */
export const parametersNote = "#parameters";

function decodeFunction(value: JsonValue, path: string, problems: Problems): Tool {
  const declared = messageOf(value, `${path}.`, problems);
  if (declared === undefined) {
    reportType(problems, path, "an object", value);
    return create(ToolSchema);
  }
  const name = declared["name"];
  if (typeof name !== "string") reportType(problems, `${path}.name`, "a string", name);
  else if (name === "" || name.length > 256) {
    reportProblem(problems, `${path}.name`, `invalid '${path}.name': expected 1 to 256 characters`);
  }
  const parameters = readObject(problems, declared, "parameters", `${path}.`);
  const schema = readObject(problems, declared, "parametersJsonSchema", `${path}.`);
  const isOwn = schema === undefined && parameters !== undefined;
  const json = isOwn ? toJsonSchema(parameters) : schema;
  const extensions = keepUnknown(declared, functionFields, dialectName);
  if (isOwn) extensions.push(createExtension(dialectName, parametersNote, parameters));
  return create(ToolSchema, {
    kind: {
      case: "function",
      value: {
        name: stringOf(name) ?? "",
        description: readString(problems, declared, "description", `${path}.`) ?? "",
        parametersJsonSchema: json === undefined ? "" : JSON.stringify(json),
      },
    },
    extensions,
  });
}

export type DecodedToolChoice = { readonly choice: ToolChoice | undefined; readonly extensions: readonly Extension[] };

const modes: Readonly<Record<string, ToolChoiceMode>> = {
  AUTO: ToolChoiceMode.AUTO,
  VALIDATED: ToolChoiceMode.AUTO,
  ANY: ToolChoiceMode.REQUIRED,
  NONE: ToolChoiceMode.NONE,
};

/** What the hub says of `functionCallingConfig` less than it says: kept whole, and put in place of what the hub says. */
export const callingConfigField = "toolConfig.functionCallingConfig";

/**
 * Reads `toolConfig`. A list of one function is a choice of it. A longer list and VALIDATED have no place in the hub: the mode has, the whole is
 * kept as an extension.
 */
export function decodeToolConfig(value: JsonValue | undefined, problems: Problems): DecodedToolChoice {
  if (value === undefined || value === null) return { choice: undefined, extensions: [] };
  const config = messageOf(value, "toolConfig.", problems);
  if (config === undefined) {
    reportType(problems, "toolConfig", "an object", value);
    return { choice: undefined, extensions: [] };
  }
  const kept = keepNested("toolConfig", config, new Set(["functionCallingConfig"]));
  const written = config["functionCallingConfig"];
  if (written === undefined || written === null) return { choice: undefined, extensions: kept };
  if (!isObject(written)) {
    reportType(problems, callingConfigField, "an object", written);
    return { choice: undefined, extensions: kept };
  }
  const calling = camelize(written, `${callingConfigField}.`, problems);
  const choice = readChoice(calling, problems);
  const whole = isWholeSaid(calling) ? [] : [createExtension(dialectName, callingConfigField, calling)];
  return { choice, extensions: [...kept, ...whole] };
}

function readChoice(calling: JsonObject, problems: Problems): ToolChoice | undefined {
  const word = readString(problems, calling, "mode", `${callingConfigField}.`);
  if (word === undefined || word === "MODE_UNSPECIFIED") return undefined;
  const mode = Object.hasOwn(modes, word) ? modes[word] : undefined;
  if (mode === undefined) {
    const path = `${callingConfigField}.mode`;
    reportProblem(problems, path, `invalid '${path}': '${word.slice(0, 64)}', expected AUTO, ANY, NONE or VALIDATED`);
    return undefined;
  }
  const names = arrayOf(calling["allowedFunctionNames"]);
  const only = mode === ToolChoiceMode.REQUIRED && names.length === 1 ? names[0] : undefined;
  return typeof only === "string"
    ? create(ToolChoiceSchema, { mode: ToolChoiceMode.TOOL, tool: only.slice(0, 256) })
    : create(ToolChoiceSchema, { mode });
}

/** Whether the hub's choice says all of it. */
function isWholeSaid(calling: JsonObject): boolean {
  const names = calling["allowedFunctionNames"];
  const listed = isArray(names) ? names.length : 0;
  const mode = calling["mode"];
  const others = Object.keys(calling).filter((key) => key !== "mode" && key !== "allowedFunctionNames");
  return others.length === 0 && mode !== "VALIDATED" && (listed === 0 || (mode === "ANY" && listed === 1));
}
