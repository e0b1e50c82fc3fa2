import { create } from "@bufbuild/protobuf";
import {
  type ChatRequest,
  ChatRequestSchema,
  type ReasoningConfig,
  ReasoningConfigSchema,
  type ResponseFormat,
  ResponseFormatSchema,
} from "@sluice/api/sluice/chat/v1/chat_request";
import type { Extension } from "@sluice/api/sluice/chat/v1/content";
import type { JsonObject, Parsed } from "../dialect.ts";
import { createExtension, keepUnknown } from "../extension.ts";
import { arrayOf } from "../json.ts";
import {
  createProblems,
  type Problems,
  readArray,
  readBoolean,
  readInteger,
  readNumber,
  readObject,
  readString,
  reportType,
} from "../request-problem.ts";
import { decodeMessages } from "./decode-message.ts";
import { decodeToolChoice, decodeTools } from "./decode-tools.ts";
import { readFacts } from "./facts.ts";
import { dialectName, requestFields } from "./wire.ts";

const maxUint32 = 4_294_967_295;

/** Reads a whole request. What the hub has no place for (`documents`, `citation_options`, `safety_mode`, `priority`) is kept as extensions. */
export function decodeRequest(body: JsonObject): Parsed<ChatRequest> {
  const facts = readFacts(body);
  if (facts.kind === "invalid") return facts;
  const problems = createProblems();
  const format = decodeResponseFormat(body, problems);
  const thinking = decodeThinking(body, problems);
  const toolChoice = decodeToolChoice(body, problems);
  const seed = readInteger(problems, body, "seed", "", { min: 0, max: 2 ** 63 - 1024 });
  const request = create(ChatRequestSchema, {
    model: facts.value.model,
    messages: decodeMessages(arrayOf(body["messages"]), problems),
    tools: decodeTools(body, problems),
    toolChoice,
    maxOutputTokens: facts.value.maxOutputTokens,
    temperature: readNumber(problems, body, "temperature", "", { min: 0, max: Number.MAX_VALUE }),
    topP: readNumber(problems, body, "p", "", { min: 0, max: 1 }),
    topK: readInteger(problems, body, "k", "", { min: 0, max: maxUint32 }),
    frequencyPenalty: readNumber(problems, body, "frequency_penalty", ""),
    presencePenalty: readNumber(problems, body, "presence_penalty", ""),
    stopSequences: readStopSequences(body, problems),
    seed: seed === undefined ? undefined : BigInt(seed),
    logprobs: readBoolean(problems, body, "logprobs", ""),
    responseFormat: format.format,
    reasoning: thinking.config,
    extensions: [...keepUnknown(body, requestFields, dialectName), ...format.extensions, ...thinking.extensions],
  });
  return problems.first === undefined
    ? { kind: "valid", value: request }
    : { kind: "invalid", problem: problems.first };
}

function readStopSequences(body: JsonObject, problems: Problems): string[] {
  const value = readArray(problems, body, "stop_sequences", "") ?? [];
  const texts = value.filter((sequence) => typeof sequence === "string");
  if (texts.length < value.length) reportType(problems, "stop_sequences", "an array of strings", value);
  return texts;
}

type DecodedFormat = { readonly format: ResponseFormat | undefined; readonly extensions: readonly Extension[] };

/** `json_object` with a schema is the hub's JSON schema; `schema` is the older name of `json_schema`. */
function decodeResponseFormat(body: JsonObject, problems: Problems): DecodedFormat {
  const value = readObject(problems, body, "response_format", "");
  if (value === undefined) return { format: undefined, extensions: [] };
  switch (value["type"]) {
    case "text":
      return { format: create(ResponseFormatSchema, { kind: { case: "text", value: {} } }), extensions: [] };
    case "json_object": {
      const field = value["json_schema"] === undefined && value["schema"] !== undefined ? "schema" : "json_schema";
      const schema = readObject(problems, value, field, "response_format.");
      const format = create(ResponseFormatSchema, {
        kind:
          schema === undefined
            ? { case: "jsonObject", value: {} }
            : { case: "jsonSchema", value: { schemaJson: JSON.stringify(schema) } },
      });
      return { format, extensions: field === "schema" ? [createExtension(dialectName, "#schema", true)] : [] };
    }
    default:
      return { format: undefined, extensions: [createExtension(dialectName, "response_format", value)] };
  }
}

type DecodedThinking = { readonly config: ReasoningConfig | undefined; readonly extensions: readonly Extension[] };

function decodeThinking(body: JsonObject, problems: Problems): DecodedThinking {
  const thinking = readObject(problems, body, "thinking", "");
  if (thinking === undefined) return { config: undefined, extensions: [] };
  const type = readString(problems, thinking, "type", "thinking.");
  if (type === undefined) reportType(problems, "thinking.type", "a string", undefined);
  const budgetTokens = readInteger(problems, thinking, "token_budget", "thinking.", { min: 0, max: maxUint32 });
  return {
    config: create(ReasoningConfigSchema, {
      ...((type === "enabled" || type === "disabled") && { enabled: type === "enabled" }),
      ...(budgetTokens !== undefined && { budgetTokens }),
    }),
    extensions: type === "enabled" || type === "disabled" ? [] : [createExtension(dialectName, "thinking", thinking)],
  };
}
