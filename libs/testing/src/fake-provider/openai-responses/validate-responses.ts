import type { ApiError } from "../api-error.ts";
import { isObject, type JsonObject, stringOf } from "../json.ts";
import { invalid, invalidType, invalidValue, unknownParameter } from "../openai-invalid.ts";
import type { OpenaiModel } from "../openai-models.ts";
import { checkParameter, type OpenaiParameter } from "../openai-parameter.ts";
import { checkResponsesInput } from "./validate-input.ts";
import { checkResponsesTools } from "./validate-tools.ts";

/** Parameters of POST /v1/responses, as in OpenAI's API reference (openai package 7.57.0, seen 2026-11-22). */
const PARAMETERS: Readonly<Record<string, OpenaiParameter>> = {
  model: { kind: "string" },
  access_programs: { kind: "object" },
  background: { kind: "boolean" },
  context_management: { kind: "array" },
  client_metadata: { kind: "object" },
  conversation: { kind: "any" },
  image: { kind: "object" },
  include: { kind: "array" },
  input: { kind: "any" },
  instructions: { kind: "string" },
  max_output_tokens: { kind: "integer", min: 16 },
  max_tool_calls: { kind: "integer", min: 1 },
  metadata: { kind: "object" },
  moderation: { kind: "object" },
  parallel_tool_calls: { kind: "boolean" },
  previous_response_id: { kind: "string" },
  prompt: { kind: "object" },
  prompt_cache_key: { kind: "string" },
  prompt_cache_options: { kind: "object" },
  prompt_cache_retention: { kind: "string", values: ["in_memory", "24h"] },
  reasoning: { kind: "object" },
  safety_identifier: { kind: "string" },
  service_tier: { kind: "string", values: ["auto", "default", "flex", "scale", "priority", "fast"] },
  store: { kind: "boolean" },
  stream: { kind: "boolean" },
  stream_options: { kind: "object" },
  temperature: { kind: "decimal", min: 0, max: 2 },
  text: { kind: "object" },
  tool_choice: { kind: "any" },
  tools: { kind: "array" },
  top_logprobs: { kind: "integer", min: 0, max: 20 },
  top_p: { kind: "decimal", min: 0, max: 1 },
  truncation: { kind: "string", values: ["auto", "disabled"] },
  user: { kind: "string" },
};

const NESTED: Readonly<Record<string, Readonly<Record<string, OpenaiParameter>>>> = {
  reasoning: {
    context: { kind: "string", values: ["auto", "current_turn", "all_turns"] },
    effort: { kind: "string", values: ["none", "minimal", "low", "medium", "high", "xhigh", "max"] },
    generate_summary: { kind: "string", values: ["auto", "concise", "detailed"] },
    mode: { kind: "string" },
    summary: { kind: "string", values: ["auto", "concise", "detailed"] },
  },
  text: { format: { kind: "object" }, verbosity: { kind: "string", values: ["low", "medium", "high"] } },
  stream_options: { include_obfuscation: { kind: "boolean" } },
};

/** Parameters of chat completions and what they are called here. */
const MOVED: Readonly<Record<string, string>> = {
  messages: "input",
  max_tokens: "max_output_tokens",
  max_completion_tokens: "max_output_tokens",
  response_format: "text.format",
  reasoning_effort: "reasoning.effort",
  verbosity: "text.verbosity",
};

const INCLUDABLE = [
  "file_search_call.results",
  "web_search_call.results",
  "web_search_call.action.sources",
  "message.input_image.image_url",
  "computer_call_output.output.image_url",
  "code_interpreter_call.outputs",
  "reasoning.encrypted_content",
  "message.output_text.logprobs",
];

/** What OpenAI says to a responses request it does not accept; undefined for one it accepts. */
export function validateResponses(body: JsonObject, model: OpenaiModel | undefined): ApiError | undefined {
  for (const name of Object.keys(body)) {
    if (!(name in PARAMETERS)) {
      return movedParameter(name) ?? unknownParameter(name);
    }
  }
  for (const [name, parameter] of Object.entries(PARAMETERS)) {
    const error = checkParameter(name, body[name], parameter) ?? checkNested(name, body[name]);
    if (error !== undefined) {
      return error;
    }
  }
  return (
    checkInclude(body["include"]) ??
    checkCombinations(body) ??
    (model === undefined ? undefined : checkModelLimits(body, model)) ??
    checkResponsesTools(body) ??
    checkResponsesInput(body)
  );
}

function movedParameter(name: string): ApiError | undefined {
  const moved = MOVED[name];
  return moved === undefined
    ? undefined
    : invalid(
        `Unsupported parameter: '${name}'. In the Responses API, this parameter has moved to '${moved}'. Try again with the new parameter. See the API documentation for more information: https://platform.openai.com/docs/api-reference/responses/create.`,
        name,
        "unsupported_parameter",
      );
}

function checkNested(name: string, value: unknown): ApiError | undefined {
  const fields = NESTED[name];
  if (fields === undefined || !isObject(value)) {
    return undefined;
  }
  for (const [field, inner] of Object.entries(value)) {
    const parameter = fields[field];
    const path = `${name}.${field}`;
    const error = parameter === undefined ? unknownParameter(path) : checkParameter(path, inner, parameter);
    if (error !== undefined) {
      return error;
    }
  }
  return undefined;
}

function checkInclude(include: unknown): ApiError | undefined {
  for (const [at, value] of (Array.isArray(include) ? include : []).entries()) {
    if (typeof value !== "string") {
      return invalidType(`include[${at}]`, "a string", value);
    }
    if (!INCLUDABLE.includes(value)) {
      return invalidValue(value, INCLUDABLE, `include[${at}]`);
    }
  }
  return undefined;
}

function checkCombinations(body: JsonObject): ApiError | undefined {
  if (isSet(body["stream_options"]) && body["stream"] !== true) {
    return invalid("The 'stream_options' parameter is only allowed when 'stream' is enabled.", "stream_options");
  }
  if (isSet(body["conversation"]) && isSet(body["previous_response_id"])) {
    return invalid(
      "Mutually exclusive parameters: 'conversation' and 'previous_response_id'. Provide only one of them.",
      "previous_response_id",
      "mutually_exclusive_parameters",
    );
  }
  return undefined;
}

function checkModelLimits(body: JsonObject, model: OpenaiModel): ApiError | undefined {
  const reasoning = isObject(body["reasoning"]) ? body["reasoning"] : {};
  const include = Array.isArray(body["include"]) ? body["include"] : [];
  if (!model.reasoning) {
    const set = ["effort", "summary", "generate_summary"].find((name) => isSet(reasoning[name]));
    if (set !== undefined) {
      return unsupported(`reasoning.${set}`, "unsupported_parameter");
    }
    if (include.includes("reasoning.encrypted_content")) {
      return invalid("Encrypted content is not supported with this model.", "include");
    }
    const verbosity = isObject(body["text"]) ? body["text"]["verbosity"] : undefined;
    return isSet(verbosity) && verbosity !== "medium"
      ? unsupportedValue("text.verbosity", verbosity, String(body["model"]), ["medium"])
      : undefined;
  }
  const effort = stringOf(reasoning["effort"]);
  if (effort !== undefined && !model.efforts.includes(effort)) {
    return unsupportedValue("reasoning.effort", effort, String(body["model"]), model.efforts);
  }
  if ((effort ?? model.defaultEffort) === "none") {
    return undefined;
  }
  const sampling = ["temperature", "top_p"].find((name) => isSet(body[name]) && body[name] !== 1);
  if (sampling !== undefined) {
    return unsupported(sampling);
  }
  if (include.includes("message.output_text.logprobs") || Number(body["top_logprobs"] ?? 0) > 0) {
    return invalid("logprobs are not supported with reasoning models.", "include");
  }
  return undefined;
}

function unsupported(name: string, code?: string): ApiError {
  return invalid(`Unsupported parameter: '${name}' is not supported with this model.`, name, code);
}

function unsupportedValue(name: string, value: unknown, model: string, values: readonly string[]): ApiError {
  const { message } = invalidValue(value, values, name);
  const supported = message.slice(message.indexOf("Supported values"));
  return invalid(
    `Unsupported value: '${value}' is not supported with the '${model}' model. ${supported}`,
    name,
    "unsupported_value",
  );
}

function isSet(value: unknown): boolean {
  return value !== undefined && value !== null;
}
