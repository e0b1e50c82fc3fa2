import { type AnthropicModel, UNRESTRICTED } from "./anthropic-models.ts";
import type { ApiError } from "./api-error.ts";
import { isObject, type JsonObject, objectsOf, stringOf } from "./json.ts";
import { checkMessages } from "./validate-anthropic-messages.ts";

/** Parameters of POST /v1/messages that need no beta header (@anthropic-ai/sdk 1.12.0, seen 2026-11-22). */
const PARAMETERS = new Set([
  "max_tokens",
  "messages",
  "model",
  "cache_control",
  "container",
  "diagnostics",
  "inference_geo",
  "metadata",
  "output_config",
  "service_tier",
  "speed",
  "stop_sequences",
  "stream",
  "system",
  "temperature",
  "thinking",
  "tool_choice",
  "tools",
  "top_k",
  "top_p",
]);

/** Those that come with a beta header. */
const BETA_PARAMETERS = new Set(["betas", "context_management", "fallbacks", "mcp_servers", "output_format"]);

/** Values of the anthropic-version header the API knows (platform.claude.com/docs/en/api/versioning, seen 2026-11-22). */
export const ANTHROPIC_VERSIONS = ["2026-10-21", "2023-06-01", "2023-01-01"] as const;

export type AnthropicVersion = (typeof ANTHROPIC_VERSIONS)[number];

/** Parameters that version 2026-10-21 took away, for every model and value. */
const REMOVED_PARAMETERS = ["temperature", "top_p", "top_k"];

export interface ValidateOptions {
  readonly version: AnthropicVersion;
  readonly model: AnthropicModel | undefined;
  readonly modelName: string;
  /** The request has an anthropic-beta header. */
  readonly beta: boolean;
  /** count_tokens takes no max_tokens. */
  readonly counting: boolean;
}

export function invalidRequest(message: string): ApiError {
  return { status: 400, type: "invalid_request_error", message };
}

/** What Anthropic says to a messages request it does not accept; undefined for one it accepts. */
export function validateMessages(body: JsonObject, options: ValidateOptions): ApiError | undefined {
  const model = options.model ?? UNRESTRICTED;
  const message =
    checkShape(body, options) ??
    checkNumbers(body, model, options) ??
    checkThinking(body, model) ??
    checkEffort(body, model) ??
    checkTools(body, model) ??
    checkSystem(body["system"]) ??
    checkMessages(body["messages"], {
      prefill: model.prefill,
      systemMessages: model.systemMessages,
      version: options.version,
      thinkingBudget: isObject(body["thinking"]) && body["thinking"]["type"] === "enabled",
    }) ??
    checkCacheMarks(body);
  return message === undefined ? undefined : invalidRequest(message);
}

function checkShape(body: JsonObject, options: ValidateOptions): string | undefined {
  for (const name of ["model", ...(options.counting ? [] : ["max_tokens"]), "messages"]) {
    if (body[name] === undefined) {
      return `${name}: Field required`;
    }
  }
  for (const name of Object.keys(body)) {
    const removed = options.version === "2026-10-21" && REMOVED_PARAMETERS.includes(name);
    if (removed || (!PARAMETERS.has(name) && !(options.beta && BETA_PARAMETERS.has(name)))) {
      return `${name}: Extra inputs are not permitted`;
    }
  }
  if (body["stream"] !== undefined && typeof body["stream"] !== "boolean") {
    return "stream: Input should be a valid boolean";
  }
  const stops = body["stop_sequences"];
  if (stops !== undefined && !(Array.isArray(stops) && stops.every((stop) => typeof stop === "string"))) {
    return "stop_sequences: Input should be a valid list";
  }
  if (Array.isArray(stops) && stops.some((stop) => String(stop).trim() === "")) {
    return "stop_sequences: each stop sequence must contain non-whitespace";
  }
  if (body["metadata"] !== undefined) {
    if (!isObject(body["metadata"])) {
      return "metadata: Input should be a valid dictionary";
    }
    const extra = Object.keys(body["metadata"]).find((key) => key !== "user_id");
    if (extra !== undefined) {
      return `metadata.${extra}: Extra inputs are not permitted`;
    }
  }
  return undefined;
}

function checkNumbers(body: JsonObject, model: AnthropicModel, options: ValidateOptions): string | undefined {
  const maxTokens = body["max_tokens"];
  if (maxTokens !== undefined) {
    if (!Number.isInteger(maxTokens)) {
      return "max_tokens: Input should be a valid integer";
    }
    if (Number(maxTokens) < 1) {
      return "max_tokens: must be greater than or equal to 1";
    }
    if (Number(maxTokens) > model.maxOutputTokens) {
      return `max_tokens: ${maxTokens} > ${model.maxOutputTokens}, which is the maximum allowed number of output tokens for ${options.modelName}`;
    }
  }
  for (const name of ["temperature", "top_p"]) {
    const value = body[name];
    if (value === undefined) {
      continue;
    }
    if (typeof value !== "number") {
      return `${name}: Input should be a valid number`;
    }
    if (value < 0 || value > 1) {
      return `${name}: range: 0..1`;
    }
    if (!model.sampling && value !== 1) {
      return `\`${name}\` is deprecated for this model.`;
    }
  }
  if (!model.samplingTogether && body["temperature"] !== undefined && body["top_p"] !== undefined) {
    return "`temperature` and `top_p` cannot both be specified for this model. Please use only one.";
  }
  const topK = body["top_k"];
  if (topK !== undefined && (!Number.isInteger(topK) || Number(topK) < 0)) {
    return "top_k: Input should be a valid integer";
  }
  if (topK !== undefined && !model.sampling) {
    return "`top_k` is deprecated for this model.";
  }
  return undefined;
}

function isThinkingOn(body: JsonObject): boolean {
  const type = isObject(body["thinking"]) ? body["thinking"]["type"] : undefined;
  return type === "enabled" || type === "adaptive";
}

function checkThinking(body: JsonObject, model: AnthropicModel): string | undefined {
  const { thinking } = body;
  if (thinking === undefined || thinking === null) {
    return undefined;
  }
  const type = isObject(thinking) ? stringOf(thinking["type"]) : undefined;
  if (!isObject(thinking) || type === undefined) {
    return "thinking: Input should be a valid dictionary or object to extract fields from";
  }
  if (!UNRESTRICTED.thinkingTypes.includes(type)) {
    return `thinking: Input tag '${type}' found using 'type' does not match any of the expected tags: 'adaptive', 'between_tools', 'disabled', 'enabled'`;
  }
  if (!model.thinkingTypes.includes(type)) {
    return `"thinking.type.${type}" is not supported for this model. Use "thinking.type.adaptive" and "output_config.effort" to control thinking behavior.`;
  }
  if (type === "enabled") {
    const budget = thinking["budget_tokens"];
    if (budget === undefined) {
      return "thinking.enabled.budget_tokens: Field required";
    }
    if (!Number.isInteger(budget)) {
      return "thinking.enabled.budget_tokens: Input should be a valid integer";
    }
    if (Number(budget) < 1024) {
      return "thinking.enabled.budget_tokens: Input should be greater than or equal to 1024";
    }
    if (Number(body["max_tokens"]) <= Number(budget)) {
      return "`max_tokens` must be greater than `thinking.budget_tokens`. Please consult our documentation at https://docs.claude.com/en/docs/build-with-claude/extended-thinking#max-tokens-and-context-window-size";
    }
  }
  if (!isThinkingOn(body)) {
    return undefined;
  }
  if (typeof body["temperature"] === "number" && body["temperature"] !== 1) {
    return "`temperature` may only be set to 1 when thinking is enabled. Please consult our documentation at https://docs.claude.com/en/docs/build-with-claude/extended-thinking#important-considerations-when-using-extended-thinking";
  }
  if (body["top_k"] !== undefined) {
    return "`top_k` must be unset when thinking is enabled. Please consult our documentation at https://docs.claude.com/en/docs/build-with-claude/extended-thinking#important-considerations-when-using-extended-thinking";
  }
  return isToolForced(body) ? "Thinking may not be enabled when tool_choice forces tool use." : undefined;
}

function checkEffort(body: JsonObject, model: AnthropicModel): string | undefined {
  const effort = isObject(body["output_config"]) ? body["output_config"]["effort"] : undefined;
  if (effort === undefined || effort === null) {
    return undefined;
  }
  if (!UNRESTRICTED.efforts.includes(String(effort))) {
    return "output_config.effort: Input should be 'low', 'medium', 'high', 'xhigh' or 'max'";
  }
  if (model.efforts.length === 0) {
    return "This model does not support the effort parameter.";
  }
  return model.efforts.includes(String(effort))
    ? undefined
    : `This model does not support effort level '${effort}'. Supported levels: ${model.efforts.join(", ")}.`;
}

function isToolForced(body: JsonObject): boolean {
  const type = isObject(body["tool_choice"]) ? body["tool_choice"]["type"] : undefined;
  return type === "any" || type === "tool";
}

function checkTools(body: JsonObject, model: AnthropicModel): string | undefined {
  const { tools } = body;
  if (tools !== undefined && !Array.isArray(tools)) {
    return "tools: Input should be a valid list";
  }
  const names = new Set<string>();
  for (const [at, tool] of objectsOf(tools).entries()) {
    const name = stringOf(tool["name"]);
    const path = `tools.${at}.custom`;
    if (tool["type"] !== undefined && tool["type"] !== "custom") {
      continue;
    }
    if (name === undefined) {
      return `${path}.name: Field required`;
    }
    if (!/^[a-zA-Z0-9_-]{1,128}$/.test(name)) {
      return `${path}.name: String should match pattern '^[a-zA-Z0-9_-]{1,128}$'`;
    }
    if (!isObject(tool["input_schema"])) {
      return `${path}.input_schema: Field required`;
    }
    if (tool["input_schema"]["type"] === undefined) {
      return `${path}.input_schema.type: Field required`;
    }
    if (tool["input_schema"]["type"] !== "object") {
      return `${path}.input_schema.type: Input should be 'object'`;
    }
    if (names.has(name)) {
      return "tools: Tool names must be unique.";
    }
    names.add(name);
  }
  return checkToolChoice(body, names, model);
}

function checkToolChoice(body: JsonObject, names: ReadonlySet<string>, model: AnthropicModel): string | undefined {
  const choice = body["tool_choice"];
  if (choice === undefined) {
    return undefined;
  }
  const type = isObject(choice) ? stringOf(choice["type"]) : undefined;
  if (!isObject(choice) || type === undefined) {
    return "tool_choice: Input should be a valid dictionary or object to extract fields from";
  }
  if (!["auto", "any", "tool", "none"].includes(type)) {
    return `tool_choice: Input tag '${type}' found using 'type' does not match any of the expected tags: 'auto', 'any', 'tool', 'none'`;
  }
  if (objectsOf(body["tools"]).length === 0 && type !== "none") {
    return "tool_choice may only be specified while providing tools.";
  }
  if (type === "tool") {
    const name = stringOf(choice["name"]);
    if (name === undefined) {
      return "tool_choice.tool.name: Field required";
    }
    if (!names.has(name) && !objectsOf(body["tools"]).some((tool) => tool["name"] === name)) {
      return `Tool '${name}' not found in provided tools`;
    }
  }
  return isToolForced(body) && !model.forcedTools
    ? "Thinking may not be enabled when tool_choice forces tool use."
    : undefined;
}

function checkSystem(system: unknown): string | undefined {
  if (system === undefined || typeof system === "string") {
    return undefined;
  }
  if (!Array.isArray(system)) {
    return "system: Input should be a valid list";
  }
  for (const [at, part] of system.entries()) {
    if (!isObject(part) || part["type"] !== "text") {
      return `system.${at}.type: Input should be 'text'`;
    }
    if (typeof part["text"] !== "string") {
      return `system.${at}.text: Field required`;
    }
    if (part["text"] === "") {
      return "system: text content blocks must be non-empty";
    }
  }
  return undefined;
}

function checkCacheMarks(body: JsonObject): string | undefined {
  const blocks = [
    ...objectsOf(body["tools"]),
    ...objectsOf(body["system"]),
    ...objectsOf(body["messages"]).flatMap((message) => objectsOf(message["content"])),
  ];
  const marks = blocks.filter((block) => isObject(block["cache_control"])).length;
  return marks > 4 ? `A maximum of 4 blocks with cache_control may be provided. Found ${marks}.` : undefined;
}
