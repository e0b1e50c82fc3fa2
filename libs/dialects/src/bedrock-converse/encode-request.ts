import type { ChatRequest } from "@sluice/api/sluice/chat/v1/chat_request";
import { type Crossing, createCrossing } from "../anthropic-messages/crossing.ts";
import { refuseBoundParameter } from "../bound-parameter.ts";
import { sendCustomToolsAsFunctions } from "../custom-tool-as-function.ts";
import type { EncodedRequest, EncodeRequestOptions, JsonObject } from "../dialect.ts";
import { leaveOutForeignTools } from "../foreign-tools.ts";
import { askThroughTool } from "./answer-tool.ts";
import { createDocumentNames } from "./document-name.ts";
import { encodeInference } from "./encode-inference.ts";
import { encodeMessages } from "./encode-messages.ts";
import { encodeOutputFormat } from "./encode-output-format.ts";
import { encodeReasoningConfig } from "./encode-reasoning-config.ts";
import { encodeToolConfig } from "./encode-tools.ts";
import { isModelField, mergeModelFields, modelFields } from "./model-fields.ts";
import { readModelTraits } from "./model-traits.ts";
import { restoreOwnFields } from "./own-fields.ts";
import { type Draft, dialectName, requestFields } from "./wire.ts";

const heads = new Set(["inferenceConfig", "toolConfig", "outputConfig", "serviceTier"]);

/**
 * The request for Bedrock; the model and the mode stand in its path. Parameters are named in the report as OpenAI names them where Bedrock has
 * none of the kind, and as Bedrock names them else.
 */
export function encodeRequest(given: ChatRequest, options: EncodeRequestOptions): EncodedRequest {
  const bound = refuseBoundParameter(given, dialectName);
  if (bound !== undefined) return bound;
  const crossing = createCrossing();
  const traits = readModelTraits(options.model);
  const { request: asked, customTools } = sendCustomToolsAsFunctions(
    leaveOutForeignTools(given, dialectName, () => false, crossing.changes),
    crossing.changes,
  );
  const request = askThroughTool(asked, traits, crossing);
  refuseWhatHasNoForm(request, crossing);
  dropWhatHasNoForm(request, crossing);
  const { system, messages } = encodeMessages(request.messages, { crossing, traits, names: createDocumentNames() });
  const reasoning = encodeReasoningConfig(request, options.defaultMaxOutputTokens, traits, crossing);
  const { inferenceConfig, fields } = encodeInference(request, reasoning, traits, crossing);
  const toolConfig = encodeToolConfig(request, messages, traits, crossing);
  const textFormat = encodeOutputFormat(request.responseFormat, traits, crossing);
  const additional = mergeModelFields(request.extensions, { ...reasoning.fields, ...fields }, crossing.changes);
  const outputConfig = {
    ...(textFormat !== undefined && { textFormat }),
    ...(reasoning.outputEffort !== undefined && { effort: reasoning.outputEffort }),
  };
  const requestMetadata = encodeMetadata(request.metadata, crossing);
  const tier = encodeServiceTier(request.serviceTier, crossing);
  const body: Draft = {
    messages,
    ...(system.length > 0 && { system }),
    ...(Object.keys(inferenceConfig).length > 0 && { inferenceConfig }),
    ...(toolConfig !== undefined && { toolConfig }),
    ...(Object.keys(additional).length > 0 && { [modelFields]: additional }),
    ...(Object.keys(outputConfig).length > 0 && { outputConfig }),
    ...(requestMetadata !== undefined && { requestMetadata }),
    ...(tier !== undefined && { serviceTier: { type: tier } }),
    ...(traits.claude !== undefined && inferenceConfig["stopSequences"] !== undefined && askForStopSequence(options)),
  };
  restoreRequestFields(request, body, crossing);
  const { refusal } = crossing;
  if (refusal !== undefined) return { kind: "refused", ...refusal };
  return { kind: "encoded", body, changes: crossing.changes.list(), customTools };
}

/** Which stop sequence was met Claude tells only when asked (vercel/ai's provider for Bedrock, seen 2026-11-22). */
function askForStopSequence({ stream }: EncodeRequestOptions): Draft {
  return { [responsePaths]: [stream ? "/delta/stop_sequence" : "/stop_sequence"] };
}

/** Bedrock's own fields return as they came. Where the client asked for fields of the answer itself, that stands. */
function restoreRequestFields(request: ChatRequest, body: Draft, crossing: Crossing): void {
  const rest = request.extensions.filter((extension) => !isModelField(extension));
  if (rest.some(({ dialect, field }) => dialect === dialectName && field === responsePaths)) delete body[responsePaths];
  restoreOwnFields(rest, heads, body, requestFields, crossing.changes);
}

const responsePaths = "additionalModelResponseFieldPaths";

function refuseWhatHasNoForm(request: ChatRequest, crossing: Crossing): void {
  const count = request.candidateCount ?? 1;
  if (count !== 1) crossing.refuse("n", `${count} answers asked for, expected 1: Bedrock gives one`);
  const modality = request.outputModalities.find((wanted) => wanted !== "text");
  if (modality !== undefined) crossing.refuse("modalities", `output of kind ${modality}, expected text`);
}

/** Parameters that Bedrock has none of. Values that change nothing are left out without a word. */
function dropWhatHasNoForm(request: ChatRequest, { changes }: Crossing): void {
  if (request.frequencyPenalty) changes.drop("frequency_penalty", "Bedrock has none");
  if (request.presencePenalty) changes.drop("presence_penalty", "Bedrock has none");
  if (request.seed !== undefined) changes.drop("seed", "Bedrock has none");
  if (Object.keys(request.logitBias).length > 0) changes.drop("logit_bias", "Bedrock has none");
  if (request.logprobs === true) changes.drop("logprobs", "Bedrock tells none");
  if (request.topLogprobs) changes.drop("top_logprobs", "Bedrock tells none");
  if (request.endUser !== "") changes.drop("user", "Bedrock has none");
}

/** OpenAI's and Anthropic's words for the same choice are understood (API_runtime_ServiceTier, seen 2026-11-22). */
function encodeServiceTier(tier: string, { changes }: Crossing): string | undefined {
  switch (tier) {
    case "":
      return undefined;
    case "auto":
      changes.convert("service_tier", "left out: Bedrock's own default");
      return undefined;
    case "default":
    case "flex":
    case "priority":
    case "reserved":
      return tier;
    case "standard_only":
      changes.convert("service_tier", "default");
      return "default";
    default:
      changes.drop("service_tier", "a class of service that Bedrock does not know");
      return undefined;
  }
}

/** At most 16 labels (API_runtime_Converse, seen 2026-11-22). */
const maxLabels = 16;
const label = /^[a-zA-Z0-9\s:_@$#=/+,\-.]{0,256}$/;

function encodeMetadata(metadata: ChatRequest["metadata"], { changes }: Crossing): JsonObject | undefined {
  const sent: Record<string, string> = {};
  for (const [name, value] of Object.entries(metadata)) {
    if (name === "" || !label.test(name) || !label.test(value)) {
      changes.drop(`metadata.${name}`, "a label with characters that Bedrock does not take");
    } else if (Object.keys(sent).length >= maxLabels) {
      changes.drop(`metadata.${name}`, `more than ${maxLabels} labels`);
    } else {
      sent[name] = value;
    }
  }
  return Object.keys(sent).length === 0 ? undefined : sent;
}
