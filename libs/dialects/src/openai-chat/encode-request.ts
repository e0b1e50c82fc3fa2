import type { ChatRequest, ResponseFormat } from "@sluice/api/sluice/chat/v1/chat_request";
import { refuseBoundParameter } from "../bound-parameter.ts";
import { sendCustomToolsAsFunctions } from "../custom-tool-as-function.ts";
import type { EncodedRequest, EncodeRequestOptions, JsonObject, JsonValue } from "../dialect.ts";
import { editJson } from "../edit-json.ts";
import { readExtension, restoreExtensions } from "../extension.ts";
import { leaveOutForeignTools } from "../foreign-tools.ts";
import { isObject, parseJson } from "../json.ts";
import { readModelTraits } from "../openai-models/model-traits.ts";
import { encodeServiceTier } from "../openai-models/service-tier.ts";
import { adoptOpenaiParameters } from "../openai-models/shared-parameters.ts";
import type { Changes } from "../parameter-change.ts";
import { isWebSearch } from "../web-search.ts";
import { adaptRequest } from "./adapt-request.ts";
import { createEncodeContext, type EncodeContext, refused } from "./encode-context.ts";
import { encodeMessages } from "./encode-message.ts";
import { encodeTools } from "./encode-tools.ts";
import { readModelMaker } from "./model-maker.ts";
import { encodeReasoningConfig } from "./reasoning-config.ts";
import { dialectName, requestFields } from "./wire.ts";

type Draft = Record<string, JsonValue | undefined>;

/** Fields that an extension may not set here: the hub governs them, or they are put together below. */
const reservedFields: ReadonlySet<string> = new Set([
  ...requestFields,
  "stream_options",
  "safety_identifier",
  "reasoning",
]);

/**
 * Writes a request for a provider. `defaultMaxOutputTokens` is not used: this dialect requires no limit. In a stream, usage is always
 * asked for.
 */
export function encodeRequest(original: ChatRequest, options: EncodeRequestOptions): EncodedRequest {
  const bound = refuseBoundParameter(original, dialectName);
  if (bound !== undefined) return bound;
  const traits = readModelTraits(options.model);
  const context = createEncodeContext(traits.cacheBreakpoints, traits.searchesWeb);
  const told = leaveOutForeignTools(
    original,
    dialectName,
    (tool) => traits.searchesWeb && isWebSearch(tool),
    context.changes,
  );
  const adopted = { ...told, extensions: [...adoptOpenaiParameters(original.extensions, dialectName)] };
  const { request, customTools } = traits.customTools
    ? { request: adopted, customTools: [] }
    : sendCustomToolsAsFunctions(adopted, context.changes);
  const readers = {
    historyReasoning: options.historyReasoning ?? "send",
    maker: readModelMaker(options.model),
  };
  const body: Draft = {
    model: options.model,
    messages: encodeMessages(request.messages, readers, context),
  };
  encodeTools(request, body, context);
  encodeReasoningConfig(request.reasoning, request.extensions, traits, body, context.changes);
  encodeOutputLimit(request, body);
  encodeSampling(request, body, context.changes);
  encodeResponseFormat(request.responseFormat, body, context);
  encodeRest(request, body, context.changes);
  if (options.stream) {
    body["stream"] = true;
    const written = readExtension(request.extensions, dialectName, "stream_options");
    body["stream_options"] = { ...(isObject(written) ? written : {}), include_usage: true };
  }
  encodeEndUser(request, body);
  const others = request.extensions.filter(({ dialect, field }) => dialect !== dialectName || !handled.has(field));
  restoreExtensions(others, dialectName, body, reservedFields, context.changes);
  if (context.refusal !== undefined) return refused(context.refusal);
  const edits = adaptRequest(body as JsonObject, options);
  const changes = [...context.changes.list(), ...edits.map(({ change }) => change)];
  return { kind: "encoded", body: editJson(body as JsonObject, edits), changes, customTools };
}

const handled: ReadonlySet<string> = new Set(["stream_options", "safety_identifier", "reasoning", "top_k"]);

/** A limit returns under the name by which it came. */
function encodeOutputLimit(request: ChatRequest, body: Draft): void {
  if (request.maxOutputTokens === undefined) return;
  const note = readExtension(request.extensions, dialectName, "#max_output_tokens");
  if (note !== undefined) body["max_tokens"] = request.maxOutputTokens;
  if (note !== "max_tokens") body["max_completion_tokens"] = request.maxOutputTokens;
}

function encodeSampling(request: ChatRequest, body: Draft, changes: Changes): void {
  set(body, "temperature", request.temperature);
  set(body, "top_p", request.topP);
  encodeTopK(request, body, changes);
  set(body, "frequency_penalty", request.frequencyPenalty);
  set(body, "presence_penalty", request.presencePenalty);
  if (request.stopSequences.length > 0) body["stop"] = request.stopSequences;
  if (request.seed !== undefined) body["seed"] = Number(request.seed);
  if (Object.keys(request.logitBias).length > 0) body["logit_bias"] = request.logitBias;
  set(body, "logprobs", request.logprobs);
  set(body, "top_logprobs", request.topLogprobs);
  set(body, "n", request.candidateCount);
}

/** OpenAI has no `top_k`; many compatible servers do, so a client of this dialect that wrote it gets it through. */
function encodeTopK(request: ChatRequest, body: Draft, changes: Changes): void {
  const written = readExtension(request.extensions, dialectName, "top_k");
  if (written !== undefined) body["top_k"] = written;
  if (request.topK === undefined) return;
  if (readExtension(request.extensions, dialectName, "#top_k") === undefined) {
    changes.drop("top_k", "openai.chat does not sample from the k likeliest tokens");
  } else body["top_k"] = request.topK;
}

function encodeRest(request: ChatRequest, body: Draft, changes: Changes): void {
  if (request.serviceTier !== "") {
    body["service_tier"] = encodeServiceTier(request.serviceTier, changes);
  }
  if (Object.keys(request.metadata).length > 0) body["metadata"] = request.metadata;
  if (request.outputModalities.length > 0) body["modalities"] = request.outputModalities;
}

function encodeEndUser(request: ChatRequest, body: Draft): void {
  if (request.endUser !== "") {
    const field = readExtension(request.extensions, dialectName, "#end_user");
    body[field === "safety_identifier" ? "safety_identifier" : "user"] = request.endUser;
  }
  const safety = readExtension(request.extensions, dialectName, "safety_identifier");
  if (safety !== undefined) body["safety_identifier"] = safety;
}

function encodeResponseFormat(format: ResponseFormat | undefined, body: Draft, context: EncodeContext): void {
  switch (format?.kind.case) {
    case "text":
      body["response_format"] = { type: "text" };
      return;
    case "jsonObject":
      body["response_format"] = { type: "json_object" };
      return;
    case "jsonSchema": {
      const { name, description, schemaJson, strict } = format.kind.value;
      const schema = schemaJson === "" ? undefined : parseJson(schemaJson);
      if (schemaJson !== "" && !isObject(schema)) {
        context.refuse("response_format.json_schema.schema", "a schema that is not a JSON object");
        return;
      }
      if (name === "") context.changes.addDefault("response_format.json_schema.name", "response");
      body["response_format"] = {
        type: "json_schema",
        json_schema: {
          name: name === "" ? "response" : name,
          ...(description === "" ? {} : { description }),
          ...(schema === undefined ? {} : { schema }),
          ...(strict === undefined ? {} : { strict }),
        },
      };
      return;
    }
    default:
      return;
  }
}

function set(body: Draft, field: string, value: JsonValue | undefined): void {
  if (value !== undefined) body[field] = value;
}
