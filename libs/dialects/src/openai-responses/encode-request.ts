import type { ChatRequest, ResponseFormat } from "@sluice/api/sluice/chat/v1/chat_request";
import { refuseBoundParameter } from "../bound-parameter.ts";
import type { EncodedRequest, EncodeRequestOptions, JsonObject, JsonValue } from "../dialect.ts";
import { readExtension, restoreExtensions } from "../extension.ts";
import { leaveOutForeignTools } from "../foreign-tools.ts";
import { arrayOf, isArray, isObject, objectOf, parseJson, stringOf } from "../json.ts";
import { createEncodeContext, type EncodeContext, refused } from "../openai-chat/encode-context.ts";
import { type ModelTraits, readModelTraits, takesSampling } from "../openai-models/model-traits.ts";
import { encodeServiceTier } from "../openai-models/service-tier.ts";
import { adoptOpenaiParameters } from "../openai-models/shared-parameters.ts";
import type { Changes } from "../parameter-change.ts";
import { isWebSearch, liftWebSearchOptions } from "../web-search.ts";
import { encodeInput } from "./encode-input.ts";
import { encodeReasoningConfig } from "./encode-reasoning-config.ts";
import { encodeTools } from "./encode-tools.ts";
import { restoreNested } from "./nested-fields.ts";
import { type Draft, dialectName, includeEncryptedReasoning, includeLogprobs, requestFields } from "./wire.ts";

/** Fields that an extension may not set here: the hub governs them, or they are put together below. */
const reservedFields: ReadonlySet<string> = new Set([...requestFields, "safety_identifier", "store", "stream_options"]);

/** OpenAI's least output limit here (its error: `Expected a value >= 16`, openai/openai-agents-python#1407, seen 2026-11-22). */
export const minOutputTokens = 16;

/**
 * Writes a request for a provider. `defaultMaxOutputTokens` is not used: this dialect requires no limit. A request of another dialect is not to
 * be stored by the provider, as it would not be there, and asks for reasoning in the form in which it can be sent back.
 */
export function encodeRequest(original: ChatRequest, options: EncodeRequestOptions): EncodedRequest {
  const bound = refuseBoundParameter(original, dialectName);
  if (bound !== undefined) return bound;
  const traits = readModelTraits(options.model);
  const context = createEncodeContext(traits.cacheBreakpoints);
  const told = leaveOutForeignTools(liftWebSearchOptions(original), dialectName, isWebSearch, context.changes);
  const request = { ...told, extensions: [...adoptOpenaiParameters(told.extensions, dialectName)] };
  const { changes } = context;
  const own = (field: string) => readExtension(request.extensions, dialectName, field);
  const isOwn = own("#input") !== undefined;
  const sendsUnsigned = (options.historyReasoning ?? "send") === "send" && traits.efforts === undefined;
  const { instructions, input } = encodeInput(request.messages, sendsUnsigned, context);
  const body: Draft = { model: options.model };
  set(body, "instructions", instructions);
  if (input.length > 0 || !isOwn) body["input"] = own("#input") === "string" ? simplify(input) : input;
  encodeTools(request, body, context);
  encodeReasoningConfig(request, traits, body, changes);
  encodeOutputLimit(request, traits, body, changes);
  set(body, "temperature", request.temperature);
  set(body, "top_p", request.topP);
  set(body, "top_logprobs", request.topLogprobs);
  encodeInclude(request, traits, isOwn, body);
  const effort = stringOf(objectOf(body["reasoning"])?.["effort"]);
  if (!takesSampling(traits, effort)) dropSampling(body, changes);
  encodeText(request, body, context);
  dropWhatHasNoForm(request, context);
  encodeRest(request, isOwn, body, changes);
  if (options.stream) {
    body["stream"] = true;
    set(body, "stream_options", own("#stream_options"));
  }
  restoreExtensions(request.extensions.filter(isWhole), dialectName, body, reservedFields, changes);
  if (context.refusal !== undefined) return refused(context.refusal);
  return { kind: "encoded", body: body as JsonObject, changes: changes.list() };
}

/** One user's message of text, as the string that it came as. */
function simplify(input: readonly JsonObject[]): JsonValue {
  const [only, ...more] = input;
  return more.length === 0 && only?.["role"] === "user" && typeof only["content"] === "string"
    ? only["content"]
    : input;
}

/** Whether an extension is put back as a member of the body: those below are put together here. */
function isWhole({ dialect, field }: ChatRequest["extensions"][number]): boolean {
  if (dialect !== dialectName) return dialect !== "openai.chat" || field !== "store";
  return !field.startsWith("text.") && !field.startsWith("reasoning.") && !handled.has(field);
}

const handled: ReadonlySet<string> = new Set(["include", "safety_identifier"]);

function encodeOutputLimit(request: ChatRequest, traits: ModelTraits, body: Draft, changes: Changes): void {
  const limit = request.maxOutputTokens;
  if (limit === undefined) return;
  const isBelow = limit < minOutputTokens && traits.efforts !== undefined;
  if (isBelow) changes.clamp("max_output_tokens", `${minOutputTokens}: the provider takes no less`);
  body["max_output_tokens"] = isBelow ? minOutputTokens : limit;
}

/**
 * What came returns as it came. Else encrypted reasoning is asked for where the model is known to reason: servers that only resemble OpenAI's
 * may refuse the word.
 */
function encodeInclude(request: ChatRequest, traits: ModelTraits, isOwn: boolean, body: Draft): void {
  const written = readExtension(request.extensions, dialectName, "#include");
  const include: JsonValue[] = isArray(written)
    ? written.filter((value) => value !== includeLogprobs)
    : [...arrayOf(readExtension(request.extensions, dialectName, "include"))];
  if (request.logprobs === true || (request.logprobs === undefined && arrayOf(written).includes(includeLogprobs))) {
    include.push(includeLogprobs);
  }
  const reasons = (traits.efforts?.length ?? 0) > 0;
  if (!isOwn && reasons && !include.includes(includeEncryptedReasoning)) include.push(includeEncryptedReasoning);
  if (include.length > 0 || isArray(written)) body["include"] = include;
}

const samplingFields = ["temperature", "top_p", "top_logprobs"];

function dropSampling(body: Draft, changes: Changes): void {
  const reason = "the model does not take it while it reasons";
  for (const field of samplingFields) {
    const value = body[field];
    if (value === undefined || (field !== "top_logprobs" && value === 1)) continue;
    delete body[field];
    if (value !== 0 || field !== "top_logprobs") changes.drop(field, reason);
  }
  const include = arrayOf(body["include"]);
  if (!include.includes(includeLogprobs)) return;
  changes.drop("logprobs", reason);
  const others = include.filter((value) => value !== includeLogprobs);
  if (others.length > 0) body["include"] = others;
  else delete body["include"];
}

function encodeText(request: ChatRequest, body: Draft, context: EncodeContext): void {
  const text: Draft = {};
  const format = encodeFormat(request.responseFormat, context);
  if (format !== undefined) text["format"] = format;
  restoreNested("text.", request, text);
  if (Object.keys(text).length > 0) body["text"] = text as JsonObject;
}

function encodeFormat(format: ResponseFormat | undefined, context: EncodeContext): JsonObject | undefined {
  switch (format?.kind.case) {
    case "text":
      return { type: "text" };
    case "jsonObject":
      return { type: "json_object" };
    case "jsonSchema": {
      const { name, description, schemaJson, strict } = format.kind.value;
      const schema = schemaJson === "" ? {} : parseJson(schemaJson);
      if (!isObject(schema)) {
        context.refuse("text.format.schema", "a schema that is not a JSON object");
        return undefined;
      }
      if (name === "") context.changes.addDefault("text.format.name", "response");
      return {
        type: "json_schema",
        name: name === "" ? "response" : name,
        ...(description !== "" && { description }),
        schema,
        ...(strict !== undefined && { strict }),
      };
    }
    default:
      return undefined;
  }
}

/** Parameters that this dialect has none of. Values that change nothing are left out without a word. */
function dropWhatHasNoForm(request: ChatRequest, context: EncodeContext): void {
  const { changes } = context;
  const none = "openai.responses has none";
  const count = request.candidateCount ?? 1;
  if (count !== 1) context.refuse("n", `${count} answers asked for, expected 1: openai.responses gives one`);
  const modality = request.outputModalities.find((wanted) => wanted !== "text");
  if (modality !== undefined) context.refuse("modalities", `output of kind ${modality}, expected text`);
  if (request.stopSequences.length > 0) changes.drop("stop", none);
  if (request.topK !== undefined) changes.drop("top_k", none);
  if (request.frequencyPenalty) changes.drop("frequency_penalty", none);
  if (request.presencePenalty) changes.drop("presence_penalty", none);
  if (request.seed !== undefined) changes.drop("seed", none);
  if (Object.keys(request.logitBias).length > 0) changes.drop("logit_bias", none);
}

function encodeRest(request: ChatRequest, isOwn: boolean, body: Draft, changes: Changes): void {
  const own = (field: string) => readExtension(request.extensions, dialectName, field);
  if (request.serviceTier !== "") {
    body["service_tier"] = encodeServiceTier(request.serviceTier, changes);
  }
  if (Object.keys(request.metadata).length > 0) body["metadata"] = request.metadata;
  if (request.endUser !== "") {
    body[own("#end_user") === "safety_identifier" ? "safety_identifier" : "user"] = request.endUser;
  }
  set(body, "safety_identifier", own("safety_identifier"));
  set(body, "background", own("#background"));
  set(body, "truncation", own("#truncation"));
  if (isOwn) set(body, "store", own("#store"));
  else body["store"] = readExtension(request.extensions, "openai.chat", "store") === true;
  if (request.logprobs === false && request.topLogprobs)
    changes.drop("top_logprobs", "log probabilities are not asked for");
}

function set(body: Draft, field: string, value: JsonValue | undefined): void {
  if (value !== undefined) body[field] = value;
}
