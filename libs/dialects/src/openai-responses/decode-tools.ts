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
import { isObject, stringOf } from "../json.ts";
import { type Problems, readArray, readBoolean, readString, reportProblem, reportType } from "../request-problem.ts";
import { customToolFields, dialectName, functionFields } from "./wire.ts";

/** Reads `tools`. One that is neither a function nor takes free text is run by the provider, or known to its own models alone. */
export function decodeTools(body: JsonObject, problems: Problems): Tool[] {
  const tools: Tool[] = [];
  for (const [index, entry] of (readArray(problems, body, "tools", "") ?? []).entries()) {
    const path = `tools[${index}]`;
    if (isObject(entry)) tools.push(decodeTool(entry, path, problems));
    else reportType(problems, path, "an object", entry);
  }
  return tools;
}

function decodeTool(tool: JsonObject, path: string, problems: Problems): Tool {
  const { type } = tool;
  switch (type) {
    case "function":
      return decodeFunction(tool, path, problems);
    case "custom":
      return decodeCustom(tool, path, problems);
    default:
      if (typeof type !== "string" || type === "") {
        reportType(problems, `${path}.type`, "a string", type);
        return create(ToolSchema);
      }
      return create(ToolSchema, {
        kind: {
          case: "server",
          value: {
            dialect: dialectName,
            type: type.slice(0, 256),
            name: (stringOf(tool["name"]) ?? "").slice(0, 256),
            json: JSON.stringify(tool),
          },
        },
      });
  }
}

/** A function whose `strict` is not said is noted: here that means strict where it can be, elsewhere it does not. */
function decodeFunction(tool: JsonObject, path: string, problems: Problems): Tool {
  const parameters = tool["parameters"];
  const strict = readBoolean(problems, tool, "strict", `${path}.`);
  if (parameters !== undefined && parameters !== null && !isObject(parameters)) {
    reportType(problems, `${path}.parameters`, "an object", parameters);
  }
  return create(ToolSchema, {
    kind: {
      case: "function",
      value: {
        name: readName(tool, path, problems),
        description: readString(problems, tool, "description", `${path}.`) ?? "",
        parametersJsonSchema: isObject(parameters) ? JSON.stringify(parameters) : "",
        ...(strict !== undefined && { strict }),
      },
    },
    extensions: [
      ...keepUnknown(tool, functionFields, dialectName),
      ...(strict === undefined ? [createExtension(dialectName, "#strict", null)] : []),
    ],
  });
}

function decodeCustom(tool: JsonObject, path: string, problems: Problems): Tool {
  const { format } = tool;
  return create(ToolSchema, {
    kind: {
      case: "custom",
      value: {
        name: readName(tool, path, problems),
        description: readString(problems, tool, "description", `${path}.`) ?? "",
        formatJson: format === undefined || format === null ? "" : JSON.stringify(format),
      },
    },
    extensions: keepUnknown(tool, customToolFields, dialectName),
  });
}

function readName(tool: JsonObject, path: string, problems: Problems): string {
  const { name } = tool;
  if (typeof name === "string" && name !== "" && name.length <= 256) return name;
  if (typeof name !== "string") reportType(problems, `${path}.name`, "a string", name);
  else reportProblem(problems, `${path}.name`, `invalid '${path}.name': expected 1 to 256 characters`);
  return "";
}

export type DecodedToolChoice = { readonly choice: ToolChoice | undefined; readonly extension: Extension | undefined };

const modes: Readonly<Record<string, ToolChoiceMode>> = {
  auto: ToolChoiceMode.AUTO,
  none: ToolChoiceMode.NONE,
  required: ToolChoiceMode.REQUIRED,
};

/**
 * Reads `tool_choice`. `allowed_tools` has no place in the hub: its mode has, the list is kept as an extension. So is the choice of a tool that
 * the provider runs.
 */
export function decodeToolChoice(body: JsonObject, problems: Problems): DecodedToolChoice {
  const value = body["tool_choice"];
  const none: DecodedToolChoice = { choice: undefined, extension: undefined };
  if (value === undefined || value === null) return none;
  if (typeof value === "string") {
    const choice = createMode(value);
    if (choice !== undefined) return { choice, extension: undefined };
    const expected = "supported values are: 'none', 'auto' and 'required'";
    reportProblem(problems, "tool_choice", `invalid value: '${value.slice(0, 64)}'. ${expected}`);
    return none;
  }
  if (!isObject(value)) {
    reportType(problems, "tool_choice", "one of a string or an object", value);
    return none;
  }
  const type = value["type"];
  if (type === "function" || type === "custom") return { ...none, choice: createTool(value["name"], problems) };
  return {
    choice: type === "allowed_tools" ? createMode(stringOf(value["mode"]) ?? "") : undefined,
    extension: createExtension(dialectName, "tool_choice", value),
  };
}

function createMode(word: string): ToolChoice | undefined {
  const mode = Object.hasOwn(modes, word) ? modes[word] : undefined;
  return mode === undefined ? undefined : create(ToolChoiceSchema, { mode });
}

function createTool(name: JsonValue | undefined, problems: Problems): ToolChoice | undefined {
  if (typeof name === "string") return create(ToolChoiceSchema, { mode: ToolChoiceMode.TOOL, tool: name });
  reportType(problems, "tool_choice.name", "a string", name);
  return undefined;
}
