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
import type { JsonObject, JsonValue, Parsed } from "../dialect.ts";
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
} from "../request-problem.ts";
import { decodeInput } from "./decode-input.ts";
import { decodeToolChoice, decodeTools } from "./decode-tools.ts";
import { readFacts } from "./facts.ts";
import { dialectName, includeEncryptedReasoning, includeLogprobs, partlyCarriedFields, requestFields } from "./wire.ts";

const ownFields: ReadonlySet<string> = new Set([
  ...requestFields,
  ...partlyCarriedFields,
  "background",
  "safety_identifier",
  "store",
  "stream_options",
  "truncation",
]);

/** Reads a whole request. What the hub has no place for is kept as extensions, or noted where another dialect loses nothing without it. */
export function decodeRequest(body: JsonObject): Parsed<ChatRequest> {
  const facts = readFacts(body);
  if (facts.kind === "invalid") return facts;
  const problems = createProblems();
  const input = decodeInput(body, problems);
  const toolChoice = decodeToolChoice(body, problems);
  const text = decodeText(body, problems);
  const reasoning = decodeReasoningConfig(body, problems);
  const metadata = readMetadata(body);
  const included = readInclude(body);
  const request = create(ChatRequestSchema, {
    model: facts.value.model,
    messages: input.messages,
    tools: decodeTools(body, problems),
    toolChoice: toolChoice.choice,
    parallelToolCalls: readBoolean(problems, body, "parallel_tool_calls", ""),
    maxOutputTokens: facts.value.maxOutputTokens,
    temperature: readNumber(problems, body, "temperature", "", { min: 0, max: 2 }),
    topP: readNumber(problems, body, "top_p", "", { min: 0, max: 1 }),
    logprobs: included.logprobs ? true : undefined,
    topLogprobs: readInteger(problems, body, "top_logprobs", "", { min: 0, max: 100 }),
    responseFormat: text.format,
    reasoning: reasoning.config,
    endUser: (facts.value.endUser ?? "").slice(0, 512),
    serviceTier: (readString(problems, body, "service_tier", "") ?? "").slice(0, 64),
    metadata: metadata ?? {},
    extensions: [
      ...input.extensions,
      ...keepUnknown(body, ownFields, dialectName),
      ...readNotes(body, metadata === undefined),
      ...included.extensions,
      ...text.extensions,
      ...reasoning.extensions,
      ...(toolChoice.extension === undefined ? [] : [toolChoice.extension]),
    ],
  });
  return problems.first === undefined
    ? { kind: "valid", value: request }
    : { kind: "invalid", problem: problems.first };
}

/**
 * Values that ask for nothing are noted, others kept as fields: `background: false` and `truncation: "disabled"` are what every other dialect
 * does. What is to be stored Sluice stores, whoever the provider is. `#input` is on every request of this dialect.
 */
function readNotes(body: JsonObject, metadataIsOwn: boolean): Extension[] {
  const notes: Extension[] = [];
  const note = (field: string, value: JsonValue | undefined) => {
    if (value !== undefined && value !== null) notes.push(createExtension(dialectName, field, value));
  };
  const { background, truncation, store, metadata, safety_identifier: safety, user } = body;
  note(background === true ? "background" : "#background", background);
  note(truncation === "disabled" ? "#truncation" : "truncation", truncation);
  note("#store", store);
  note("#input", typeof body["input"] === "string" ? "string" : "items");
  note("#stream_options", body["stream_options"]);
  if (metadataIsOwn) note("metadata", metadata);
  if (typeof safety === "string") {
    if (typeof user === "string") note("safety_identifier", safety);
    else note("#end_user", "safety_identifier");
  }
  return notes;
}

/** Undefined where it is not a small map of texts, as which the hub has it. */
function readMetadata(body: JsonObject): Record<string, string> | undefined {
  const value = body["metadata"];
  if (value === undefined || value === null) return {};
  if (!isObject(value)) return undefined;
  const entries = Object.entries(value);
  if (entries.length > 64 || !entries.every(([, text]) => typeof text === "string")) return undefined;
  return Object.fromEntries(entries) as Record<string, string>;
}

/** Encrypted reasoning is told to every client that can send it back, so asking for it is noted; what else is asked for is kept. */
function readInclude(body: JsonObject): { readonly logprobs: boolean; readonly extensions: readonly Extension[] } {
  const include = body["include"];
  if (!isArray(include)) return { logprobs: false, extensions: [] };
  const others = include.filter((value) => value !== includeLogprobs && value !== includeEncryptedReasoning);
  return {
    logprobs: include.includes(includeLogprobs),
    extensions: [
      createExtension(dialectName, "#include", include),
      ...(others.length === 0 ? [] : [createExtension(dialectName, "include", others)]),
    ],
  };
}

type DecodedText = { readonly format: ResponseFormat | undefined; readonly extensions: readonly Extension[] };

const textFields: ReadonlySet<string> = new Set(["format"]);

function decodeText(body: JsonObject, problems: Problems): DecodedText {
  const text = readObject(problems, body, "text", "");
  if (text === undefined) return { format: undefined, extensions: [] };
  const kept = keepUnknown(text, textFields, dialectName);
  for (const extension of kept) extension.field = `text.${extension.field}`;
  const format = readObject(problems, text, "format", "text.");
  switch (format?.["type"]) {
    case undefined:
      return { format: undefined, extensions: kept };
    case "text":
      return { format: create(ResponseFormatSchema, { kind: { case: "text", value: {} } }), extensions: kept };
    case "json_object":
      return { format: create(ResponseFormatSchema, { kind: { case: "jsonObject", value: {} } }), extensions: kept };
    case "json_schema":
      return { format: decodeJsonSchema(format, problems), extensions: kept };
    default:
      return { format: undefined, extensions: [...kept, createExtension(dialectName, "text.format", format ?? null)] };
  }
}

function decodeJsonSchema(format: JsonObject, problems: Problems): ResponseFormat {
  const path = "text.format.";
  const schema = readObject(problems, format, "schema", path);
  if (schema === undefined) {
    reportProblem(problems, "text.format.schema", "missing required parameter: 'text.format.schema'");
  }
  const strict = readBoolean(problems, format, "strict", path);
  return create(ResponseFormatSchema, {
    kind: {
      case: "jsonSchema",
      value: {
        name: (readString(problems, format, "name", path) ?? "").slice(0, 256),
        description: readString(problems, format, "description", path) ?? "",
        schemaJson: schema === undefined ? "" : JSON.stringify(schema),
        ...(strict !== undefined && { strict }),
      },
    },
  });
}

type DecodedReasoningConfig = {
  readonly config: ReasoningConfig | undefined;
  readonly extensions: readonly Extension[];
};

const reasoningFields: ReadonlySet<string> = new Set(["effort", "summary", "generate_summary"]);

function decodeReasoningConfig(body: JsonObject, problems: Problems): DecodedReasoningConfig {
  const reasoning = readObject(problems, body, "reasoning", "");
  if (reasoning === undefined) return { config: undefined, extensions: [] };
  const effort = readString(problems, reasoning, "effort", "reasoning.") ?? "";
  const summary = stringOf(reasoning["summary"]) ?? stringOf(reasoning["generate_summary"]) ?? "";
  const kept = keepUnknown(reasoning, reasoningFields, dialectName);
  for (const extension of kept) extension.field = `reasoning.${extension.field}`;
  if (effort === "" && summary === "") return { config: undefined, extensions: kept };
  return {
    config: create(ReasoningConfigSchema, { effort: effort.slice(0, 32), summary: summary.slice(0, 32) }),
    extensions: kept,
  };
}
