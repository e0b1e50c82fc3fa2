import { create } from "@bufbuild/protobuf";
import {
  type ChatRequest,
  ChatRequestSchema,
  type ResponseFormat,
  ResponseFormatSchema,
} from "@sluice/api/sluice/chat/v1/chat_request";
import type { Extension } from "@sluice/api/sluice/chat/v1/content";
import type { JsonObject, Parsed } from "../dialect.ts";
import { createExtension, keepUnknown } from "../extension.ts";
import { isArray, isObject, stringOf } from "../json.ts";
import {
  createProblems,
  type Problems,
  readBoolean,
  readInteger,
  readNumber,
  readObject,
  readString,
  reportProblem,
  reportType,
} from "../request-problem.ts";
import { decodeMessages } from "./decode-message.ts";
import { decodeToolChoice, decodeTools } from "./decode-tools.ts";
import { readFacts } from "./facts.ts";
import { decodeReasoningConfig } from "./reasoning-config.ts";
import { dialectName, partlyCarriedFields, requestFields } from "./wire.ts";

const knownFields: ReadonlySet<string> = new Set([...requestFields, ...partlyCarriedFields]);
const maxUint32 = 4_294_967_295;

/**
 * Reads a whole request. What the hub has no place for is kept as extensions; how the output limit and the tools were written is noted, so
 * that the same dialect gets them back in the same form.
 */
export function decodeRequest(body: JsonObject): Parsed<ChatRequest> {
  const facts = readFacts(body);
  if (facts.kind === "invalid") return facts;
  const problems = createProblems();
  const messages = body["messages"];
  const toolChoice = decodeToolChoice(body, problems);
  const reasoning = decodeReasoningConfig(body, problems);
  const format = decodeResponseFormat(body, problems);
  const request = create(ChatRequestSchema, {
    model: facts.value.model,
    messages: isArray(messages) ? decodeMessages(messages, problems) : [],
    tools: decodeTools(body, problems),
    toolChoice: toolChoice.choice,
    parallelToolCalls: readBoolean(problems, body, "parallel_tool_calls", ""),
    maxOutputTokens: facts.value.maxOutputTokens,
    temperature: readNumber(problems, body, "temperature", "", { min: 0, max: 2 }),
    topP: readNumber(problems, body, "top_p", "", { min: 0, max: 1 }),
    topK: readTopK(body),
    frequencyPenalty: readNumber(problems, body, "frequency_penalty", ""),
    presencePenalty: readNumber(problems, body, "presence_penalty", ""),
    stopSequences: readStop(body, problems),
    seed: readSeed(body, problems),
    logitBias: readLogitBias(body, problems),
    logprobs: readBoolean(problems, body, "logprobs", ""),
    topLogprobs: readInteger(problems, body, "top_logprobs", "", { min: 0, max: 100 }),
    candidateCount: readInteger(problems, body, "n", "", { min: 1, max: 128 }),
    responseFormat: format.format,
    reasoning: reasoning.config,
    endUser: (facts.value.endUser ?? "").slice(0, 512),
    serviceTier: (readString(problems, body, "service_tier", "") ?? "").slice(0, 64),
    metadata: readMetadata(body) ?? {},
    outputModalities: readModalities(body, problems),
    extensions: [
      ...keepUnknown(body, knownFields, dialectName),
      ...readNotes(body),
      ...reasoning.extensions,
      ...(toolChoice.extension === undefined ? [] : [toolChoice.extension]),
      ...(format.extension === undefined ? [] : [format.extension]),
    ],
  });
  return problems.first === undefined
    ? { kind: "valid", value: request }
    : { kind: "invalid", problem: problems.first };
}

/** `top_k` is no field of OpenAI's, but of many compatible servers. One that is no count (vLLM takes -1) is left to the provider. */
function readTopK(body: JsonObject): number | undefined {
  const value = body["top_k"];
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= maxUint32 ? value : undefined;
}

function readNotes(body: JsonObject): Extension[] {
  const notes: Extension[] = [];
  const note = (field: string, value: Parameters<typeof createExtension>[2]) =>
    notes.push(createExtension(dialectName, field, value));
  if (isPresent(body["max_tokens"])) {
    note("#max_output_tokens", isPresent(body["max_completion_tokens"]) ? "both" : "max_tokens");
  }
  if (isPresent(body["functions"])) note("#functions", true);
  const topK = body["top_k"];
  if (isPresent(topK)) note(readTopK(body) === undefined ? "top_k" : "#top_k", topK ?? null);
  const safety = stringOf(body["safety_identifier"]);
  if (safety !== undefined) {
    if (isPresent(body["user"])) note("safety_identifier", safety);
    else note("#end_user", "safety_identifier");
  }
  const metadata = body["metadata"];
  if (isPresent(metadata) && readMetadata(body) === undefined) note("metadata", metadata ?? null);
  const streamOptions = body["stream_options"];
  if (isObject(streamOptions)) {
    const { include_usage: _, ...rest } = streamOptions;
    if (Object.keys(rest).length > 0) note("stream_options", rest);
  }
  return notes;
}

function isPresent(value: JsonObject[string]): boolean {
  return value !== undefined && value !== null;
}

function readStop(body: JsonObject, problems: Problems): string[] {
  const value = body["stop"];
  if (value === undefined || value === null) return [];
  if (typeof value === "string") return [value];
  if (!isArray(value) || !value.every((sequence) => typeof sequence === "string")) {
    reportType(problems, "stop", "one of a string or array of strings", value);
    return [];
  }
  return [...value];
}

function readSeed(body: JsonObject, problems: Problems): bigint | undefined {
  const seed = readInteger(problems, body, "seed", "", { min: -(2 ** 63), max: 2 ** 63 - 1024 });
  return seed === undefined ? undefined : BigInt(seed);
}

function readLogitBias(body: JsonObject, problems: Problems): Record<string, number> {
  const value = readObject(problems, body, "logit_bias", "");
  const biases: Record<string, number> = {};
  for (const [token, bias] of Object.entries(value ?? {})) {
    if (typeof bias === "number") biases[token] = bias;
    else reportType(problems, `logit_bias.${token.slice(0, 64)}`, "a decimal", bias);
  }
  return biases;
}

/** Undefined where it is not a small map of texts, as which the hub has it. */
function readMetadata(body: JsonObject): Record<string, string> | undefined {
  const value = body["metadata"];
  if (!isObject(value)) return undefined;
  const entries = Object.entries(value);
  if (entries.length > 64 || !entries.every(([, text]) => typeof text === "string")) return undefined;
  return Object.fromEntries(entries) as Record<string, string>;
}

function readModalities(body: JsonObject, problems: Problems): string[] {
  const value = body["modalities"];
  if (value === undefined || value === null) return [];
  if (isArray(value) && value.every((kind) => typeof kind === "string")) return [...value];
  reportType(problems, "modalities", "an array of strings", value);
  return [];
}

type DecodedFormat = { readonly format: ResponseFormat | undefined; readonly extension: Extension | undefined };

function decodeResponseFormat(body: JsonObject, problems: Problems): DecodedFormat {
  const none: DecodedFormat = { format: undefined, extension: undefined };
  const value = readObject(problems, body, "response_format", "");
  if (value === undefined) return none;
  switch (value["type"]) {
    case "text":
      return { ...none, format: create(ResponseFormatSchema, { kind: { case: "text", value: {} } }) };
    case "json_object": {
      // Together and Fireworks take a schema here; the whole is then kept for them.
      const extension = "schema" in value ? createExtension(dialectName, "response_format", value) : undefined;
      return { extension, format: create(ResponseFormatSchema, { kind: { case: "jsonObject", value: {} } }) };
    }
    case "json_schema": {
      const schema = readObject(problems, value, "json_schema", "response_format.");
      if (schema === undefined) {
        reportProblem(
          problems,
          "response_format.json_schema",
          "missing required parameter: 'response_format.json_schema'",
        );
        return none;
      }
      const path = "response_format.json_schema.";
      const strict = readBoolean(problems, schema, "strict", path);
      const jsonSchema = readObject(problems, schema, "schema", path);
      return {
        ...none,
        format: create(ResponseFormatSchema, {
          kind: {
            case: "jsonSchema",
            value: {
              name: (readString(problems, schema, "name", path) ?? "").slice(0, 256),
              description: readString(problems, schema, "description", path) ?? "",
              schemaJson: jsonSchema === undefined ? "" : JSON.stringify(jsonSchema),
              ...(strict === undefined ? {} : { strict }),
            },
          },
        }),
      };
    }
    default:
      return { ...none, extension: createExtension(dialectName, "response_format", value) };
  }
}
