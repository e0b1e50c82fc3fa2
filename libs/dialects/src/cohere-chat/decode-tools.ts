import { create } from "@bufbuild/protobuf";
import {
  type Tool,
  type ToolChoice,
  ToolChoiceMode,
  ToolChoiceSchema,
  ToolSchema,
} from "@sluice/api/sluice/chat/v1/chat_request";
import type { JsonObject } from "../dialect.ts";
import { createExtension, keepUnknown } from "../extension.ts";
import { arrayOf, isObject, objectOf, stringOf } from "../json.ts";
import {
  type Problems,
  readArray,
  readBoolean,
  readObject,
  readString,
  reportProblem,
  reportType,
} from "../request-problem.ts";
import { dialectName, functionFields, toolFields } from "./wire.ts";

/** Reads `tools`; `strict_tools` is said of each. */
export function decodeTools(body: JsonObject, problems: Problems): Tool[] {
  const strict = readBoolean(problems, body, "strict_tools", "");
  return (readArray(problems, body, "tools", "") ?? []).map((tool, index) => {
    const path = `tools[${index}]`;
    if (isObject(tool)) return decodeTool(tool, strict, path, problems);
    reportType(problems, path, "an object", tool);
    return create(ToolSchema);
  });
}

function decodeTool(tool: JsonObject, strict: boolean | undefined, path: string, problems: Problems): Tool {
  const type = tool["type"] ?? "function";
  if (type !== "function") {
    const value = { dialect: dialectName, type: stringOf(type) || "unknown", json: JSON.stringify(tool) };
    return create(ToolSchema, { kind: { case: "server", value } });
  }
  const declared = objectOf(tool["function"]);
  const at = `${path}.function`;
  if (declared === undefined) {
    reportType(problems, at, "an object", tool["function"]);
    return create(ToolSchema);
  }
  const name = readString(problems, declared, "name", `${at}.`) ?? "";
  if (name === "") reportProblem(problems, `${at}.name`, `invalid '${at}.name': expected a name`);
  const parameters = readObject(problems, declared, "parameters", `${at}.`);
  const extensions = keepUnknown(tool, toolFields, dialectName);
  for (const { field, json } of keepUnknown(declared, functionFields, dialectName)) {
    extensions.push(createExtension(dialectName, `function.${field}`, JSON.parse(json)));
  }
  return create(ToolSchema, {
    kind: {
      case: "function",
      value: {
        name,
        description: readString(problems, declared, "description", `${at}.`) ?? "",
        parametersJsonSchema: parameters === undefined ? "" : JSON.stringify(parameters),
        ...(strict !== undefined && { strict }),
      },
    },
    extensions,
  });
}

const modes: Readonly<Record<string, ToolChoiceMode>> = {
  REQUIRED: ToolChoiceMode.REQUIRED,
  NONE: ToolChoiceMode.NONE,
};

/** Where nothing is said, a model that has tools chooses freely. */
export function decodeToolChoice(body: JsonObject, problems: Problems): ToolChoice | undefined {
  const word = readString(problems, body, "tool_choice", "");
  if (word === undefined) {
    const hasTools = arrayOf(body["tools"]).length > 0;
    return hasTools ? create(ToolChoiceSchema, { mode: ToolChoiceMode.AUTO }) : undefined;
  }
  const mode = Object.hasOwn(modes, word) ? modes[word] : undefined;
  if (mode !== undefined) return create(ToolChoiceSchema, { mode });
  const expected = "expected one of 'REQUIRED' and 'NONE'";
  reportProblem(problems, "tool_choice", `invalid 'tool_choice': ${expected}, but got '${word.slice(0, 64)}'`);
  return undefined;
}
