import { create, type MessageInitShape } from "@bufbuild/protobuf";
import {
  type ChatRequest,
  ChatRequestSchema,
  type ReasoningConfig,
  ReasoningConfigSchema,
} from "@sluice/api/sluice/chat/v1/chat_request";
import { type Extension, type Message, MessageSchema, type Part, Role } from "@sluice/api/sluice/chat/v1/content";
import type { JsonObject, JsonValue, Parsed } from "../dialect.ts";
import { createExtension, keepUnknown } from "../extension.ts";
import { isArray, isObject, objectOf, stringOf, uint32Of } from "../json.ts";
import { createText, decodeBlocks, decodeContent } from "./decode-block.ts";
import { decodeToolChoice, decodeTools } from "./decode-tool.ts";
import { keepNested } from "./own-fields.ts";
import { createProblems, describeMismatch, type Problems } from "./problems.ts";
import { dialectName, effortNote, requestFields } from "./wire.ts";

/** A request of a client, or why it is none. `stream` is not among the hub's fields: it says how to answer, not what. */
export function decodeRequest(body: JsonObject): Parsed<ChatRequest> {
  const problems = createProblems();
  const model = stringOf(body["model"]);
  if (model === undefined || model === "") problems.add("model", describeMismatch(body["model"], "a valid string"));
  const maxOutputTokens = uint32Of(body["max_tokens"]);
  if (maxOutputTokens === undefined)
    problems.add("max_tokens", describeMismatch(body["max_tokens"], "a valid integer"));
  const messages = [...decodeSystem(body["system"], problems), ...decodeMessages(body["messages"], problems)];
  const choice = decodeToolChoice(body["tool_choice"], problems);
  const output = decodeOutput(body, problems);
  const init: MessageInitShape<typeof ChatRequestSchema> = {
    model: model ?? "",
    messages,
    tools: decodeTools(body["tools"], problems),
    ...(choice.toolChoice !== undefined && { toolChoice: choice.toolChoice }),
    ...(choice.parallelToolCalls !== undefined && { parallelToolCalls: choice.parallelToolCalls }),
    ...(maxOutputTokens !== undefined && { maxOutputTokens }),
    ...optionalNumber("temperature", "temperature", body, problems),
    ...optionalNumber("topP", "top_p", body, problems),
    ...optionalInteger("topK", "top_k", body, problems),
    stopSequences: decodeStrings("stop_sequences", body["stop_sequences"], problems),
    ...output.init,
    endUser: stringOf(objectOf(body["metadata"])?.["user_id"]) ?? "",
    serviceTier: stringOf(body["service_tier"]) ?? "",
    extensions: [
      ...keepUnknown(body, requestFields, dialectName),
      ...keepNested("metadata", body["metadata"], new Set(["user_id"])),
      ...choice.extensions,
      ...output.extensions,
    ],
  };
  if (problems.first !== undefined) return { kind: "invalid", problem: problems.first };
  return { kind: "valid", value: create(ChatRequestSchema, init) };
}

function decodeSystem(system: JsonValue | undefined, problems: Problems): Message[] {
  if (system === undefined || system === null || system === "") return [];
  if (typeof system === "string") return [create(MessageSchema, { role: Role.SYSTEM, parts: [createText(system)] })];
  if (!isArray(system)) {
    problems.add("system", describeMismatch(system, "a valid list"));
    return [];
  }
  for (const [index, block] of system.entries()) {
    const type = objectOf(block)?.["type"];
    if (type !== "text") problems.add(`system[${index}].type`, describeMismatch(type, "'text'"));
  }
  const parts = decodeBlocks(system, "system", problems);
  return parts.length === 0 ? [] : [create(MessageSchema, { role: Role.SYSTEM, parts })];
}

const messageFields = new Set(["role", "content"]);

function decodeMessages(messages: JsonValue | undefined, problems: Problems): Message[] {
  if (!isArray(messages)) {
    problems.add("messages", describeMismatch(messages, "a valid list"));
    return [];
  }
  if (messages.length === 0) problems.add("messages", "at least one message is required");
  const decoded: Message[] = [];
  for (const [index, message] of messages.entries()) {
    const path = `messages[${index}]`;
    if (!isObject(message)) {
      problems.add(path, describeMismatch(message, "a valid dictionary or object to extract fields from"));
      continue;
    }
    if (message["content"] === undefined || message["content"] === null) {
      problems.add(`${path}.content`, "Field required");
    }
    const parts = decodeContent(message["content"], `${path}.content`, problems);
    const role = decodeRole(message["role"], parts, path, problems);
    const extensions = keepUnknown(message, messageFields, dialectName);
    decoded.push(create(MessageSchema, { role, parts, extensions }));
  }
  return decoded;
}

/** A user's turn that holds results of tools and nothing else is the tools'. */
function decodeRole(role: JsonValue | undefined, parts: readonly Part[], path: string, problems: Problems): Role {
  switch (role) {
    case "user":
      return parts.length > 0 && parts.every((part) => part.kind.case === "toolResult") ? Role.TOOL : Role.USER;
    case "assistant":
      return Role.ASSISTANT;
    case "system":
      return Role.SYSTEM;
    default:
      problems.add(`${path}.role`, describeMismatch(role, "'user', 'assistant' or 'system'"));
      return Role.USER;
  }
}

type Output = {
  readonly init: Pick<MessageInitShape<typeof ChatRequestSchema>, "responseFormat" | "reasoning">;
  readonly extensions: readonly Extension[];
};

/** `thinking`, `output_config` and the older `output_format`: how much to reason and in what form to answer. */
function decodeOutput(body: JsonObject, problems: Problems): Output {
  const config = objectOf(body["output_config"]);
  const format = objectOf(config?.["format"]) ?? objectOf(body["output_format"]);
  const schema = format?.["type"] === "json_schema" ? format["schema"] : undefined;
  const extensions = keepNested("output_config", config, new Set(["effort", "format"]));
  if (format !== undefined && !isObject(schema)) {
    problems.add("output_config.format", "Input should be of type 'json_schema' with a schema");
  }
  const thinking = decodeThinking(body["thinking"], stringOf(config?.["effort"]), problems);
  return {
    init: {
      ...(isObject(schema) && {
        responseFormat: { kind: { case: "jsonSchema" as const, value: { schemaJson: JSON.stringify(schema) } } },
      }),
      ...(thinking.reasoning !== undefined && { reasoning: thinking.reasoning }),
    },
    extensions: [...extensions, ...thinking.extensions],
  };
}

const thinkingFields = new Set(["type", "budget_tokens", "display"]);

function decodeThinking(
  thinking: JsonValue | undefined,
  effort: string | undefined,
  problems: Problems,
): { readonly reasoning?: ReasoningConfig; readonly extensions: readonly Extension[] } {
  const config = objectOf(thinking);
  const type = config?.["type"];
  if (thinking !== undefined && thinking !== null && typeof type !== "string") {
    problems.add("thinking", "Input should be a valid dictionary or object to extract fields from");
  }
  const shared = { effort: (effort ?? "").slice(0, 32), summary: (stringOf(config?.["display"]) ?? "").slice(0, 32) };
  const nested = keepNested("thinking", config, thinkingFields);
  switch (type) {
    case "enabled": {
      const budgetTokens = uint32Of(config?.["budget_tokens"]);
      if (budgetTokens === undefined) {
        problems.add("thinking.enabled.budget_tokens", describeMismatch(config?.["budget_tokens"], "a valid integer"));
      }
      const budget = budgetTokens === undefined ? {} : { budgetTokens };
      return { reasoning: create(ReasoningConfigSchema, { ...shared, enabled: true, ...budget }), extensions: nested };
    }
    case "adaptive":
      return {
        reasoning: create(ReasoningConfigSchema, { ...shared, enabled: true, adaptive: true }),
        extensions: nested,
      };
    case "disabled":
      return { reasoning: create(ReasoningConfigSchema, { ...shared, enabled: false }), extensions: nested };
    default: {
      const extensions = config === undefined ? [] : [createExtension(dialectName, "thinking", config)];
      if (shared.effort === "") return { extensions };
      // An effort alone turns no thinking on, other than in dialects where it is all there is.
      extensions.push(createExtension(dialectName, effortNote, shared.effort));
      return { reasoning: create(ReasoningConfigSchema, { effort: shared.effort }), extensions };
    }
  }
}

function decodeStrings(name: string, value: JsonValue | undefined, problems: Problems): string[] {
  if (value === undefined || value === null) return [];
  if (isArray(value) && value.every((item) => typeof item === "string")) return [...value];
  problems.add(name, "Input should be a valid list");
  return [];
}

function optionalNumber<Key extends string>(key: Key, name: string, body: JsonObject, problems: Problems) {
  const value = body[name];
  if (value === undefined || value === null) return {};
  if (typeof value !== "number" || value < 0) problems.add(name, "Input should be a valid number");
  return { [key]: value } as Partial<Record<Key, number>>;
}

function optionalInteger<Key extends string>(key: Key, name: string, body: JsonObject, problems: Problems) {
  const value = body[name];
  if (value === undefined || value === null) return {};
  if (uint32Of(value) === undefined) problems.add(name, "Input should be a valid integer");
  return { [key]: value } as Partial<Record<Key, number>>;
}
