import { create } from "@bufbuild/protobuf";
import {
  type ChatRequest,
  FunctionToolSchema,
  ToolChoiceMode,
  ToolChoiceSchema,
  ToolSchema,
} from "@sluice/api/sluice/chat/v1/chat_request";
import type { Crossing } from "../anthropic-messages/crossing.ts";
import { isObject, parseJson } from "../json.ts";
import type { ModelTraits } from "./model-traits.ts";

/**
 * The tool by whose arguments a model answers that takes no JSON Schema otherwise. Its name is known on the way back: the arguments are the
 * answer's text, and the client sees no call.
 */
export const answerTool = "sluice_json_answer";

/**
 * A request whose answer must match a schema, for a model that has no form for that: as one that must call the answer tool, or one of its own.
 * The same request where nothing is to be done. What cannot be done is refused: text without a schema is not what was asked for.
 */
export function askThroughTool(request: ChatRequest, traits: ModelTraits, crossing: Crossing): ChatRequest {
  const format = request.responseFormat?.kind;
  if (format?.case !== "jsonSchema" || traits.structuredOutput) return request;
  const parameter = "response_format";
  const mode = request.toolChoice?.mode;
  if (mode === ToolChoiceMode.REQUIRED || mode === ToolChoiceMode.TOOL) {
    const { responseFormat: _, ...rest } = request;
    crossing.changes.drop(parameter, "the model must call a tool, and answers none but by tools");
    return rest;
  }
  const choice =
    request.tools.length === 0 && traits.toolChoices.has("tool") ? ToolChoiceMode.TOOL : ToolChoiceMode.REQUIRED;
  if (!traits.tools || !traits.toolChoices.has(choice === ToolChoiceMode.TOOL ? "tool" : "any")) {
    crossing.refuse(parameter, "the model takes no JSON Schema and calls no tool by force");
    return request;
  }
  const { schemaJson, description } = format.value;
  const schema = parseJson(schemaJson);
  if (!isObject(schema) || (schema["type"] !== undefined && schema["type"] !== "object")) {
    crossing.refuse(parameter, "expected a JSON Schema of an object: the model answers by a tool's arguments");
    return request;
  }
  crossing.changes.convert(parameter, "asked for as a tool's arguments, which are told as the answer's text");
  const { responseFormat: _, ...rest } = request;
  const value = create(FunctionToolSchema, {
    name: answerTool,
    description: description || "Gives the answer. Call it once, when the answer is known.",
    parametersJsonSchema: schemaJson,
  });
  return {
    ...rest,
    tools: [...request.tools, create(ToolSchema, { kind: { case: "function", value } })],
    toolChoice: create(ToolChoiceSchema, { mode: choice, tool: choice === ToolChoiceMode.TOOL ? answerTool : "" }),
  };
}
