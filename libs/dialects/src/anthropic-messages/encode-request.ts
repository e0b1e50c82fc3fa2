import type { ChatRequest } from "@sluice/api/sluice/chat/v1/chat_request";
import { refuseBoundParameter } from "../bound-parameter.ts";
import { sendCustomToolsAsFunctions } from "../custom-tool-as-function.ts";
import type { EncodedRequest, EncodeRequestOptions } from "../dialect.ts";
import { readExtension } from "../extension.ts";
import { leaveOutForeignTools } from "../foreign-tools.ts";
import { isWebSearch, liftWebSearchOptions } from "../web-search.ts";
import { type Crossing, createCrossing } from "./crossing.ts";
import { encodeMessages } from "./encode-messages.ts";
import { encodeResponseFormat } from "./encode-response-format.ts";
import { encodeSampling } from "./encode-sampling.ts";
import { encodeThinking } from "./encode-thinking.ts";
import { encodeTools } from "./encode-tools.ts";
import { readModelTraits } from "./model-traits.ts";
import { restoreOwnFields } from "./own-fields.ts";
import { type Draft, dialectName, requestFields } from "./wire.ts";

const heads = new Set(["metadata", "output_config", "thinking", "tool_choice"]);

/**
 * The request for Anthropic. Parameters are named in the report as OpenAI names them where Anthropic has none of the kind, and as
 * Anthropic names them else.
 */
export function encodeRequest(asked: ChatRequest, options: EncodeRequestOptions): EncodedRequest {
  const bound = refuseBoundParameter(asked, dialectName);
  if (bound !== undefined) return bound;
  const crossing = createCrossing();
  const { request, customTools } = sendCustomToolsAsFunctions(
    leaveOutForeignTools(liftWebSearchOptions(asked), dialectName, isWebSearch, crossing.changes),
    crossing.changes,
  );
  const traits = readModelTraits(options.model);
  const maxTokens = encodeMaxTokens(request, options, crossing);
  refuseWhatHasNoForm(request, crossing);
  dropWhatHasNoForm(request, crossing);
  const { system, messages } = encodeMessages(request.messages, traits.systemTurns, crossing);
  // Thinking of a kind that the hub does not know (`between_tools`) comes back as it was.
  const ownThinking = readExtension(request.extensions, dialectName, "thinking");
  const { thinking, effort } = encodeThinking(request, maxTokens, traits, crossing);
  const format = encodeResponseFormat(request.responseFormat, crossing);
  const body: Draft = {
    model: options.model,
    max_tokens: maxTokens,
    ...(system !== undefined && { system }),
    messages,
    ...encodeTools(request, traits, crossing),
    ...(thinking !== undefined && ownThinking === undefined && { thinking }),
    ...((effort !== undefined || format !== undefined) && {
      output_config: { ...(effort !== undefined && { effort }), ...(format !== undefined && { format }) },
    }),
    ...encodeSampling(request, thinking !== undefined && thinking["type"] !== "disabled", traits, crossing),
    ...(request.endUser !== "" && { metadata: { user_id: request.endUser } }),
    ...encodeServiceTier(request.serviceTier, crossing),
    ...(options.stream && { stream: true }),
  };
  const reserved = ownThinking === undefined ? requestFields : withoutThinking;
  restoreOwnFields(request.extensions, heads, body, reserved, crossing.changes);
  const { refusal } = crossing;
  if (refusal !== undefined) return { kind: "refused", ...refusal };
  return { kind: "encoded", body, changes: crossing.changes.list(), customTools };
}

const withoutThinking = new Set([...requestFields].filter((field) => field !== "thinking"));

function encodeMaxTokens(request: ChatRequest, options: EncodeRequestOptions, crossing: Crossing): number {
  if (request.maxOutputTokens !== undefined) return request.maxOutputTokens;
  crossing.changes.addDefault("max_tokens", `${options.defaultMaxOutputTokens}: Anthropic requires a limit`);
  return options.defaultMaxOutputTokens;
}

function refuseWhatHasNoForm(request: ChatRequest, crossing: Crossing): void {
  const count = request.candidateCount ?? 1;
  if (count !== 1) crossing.refuse("n", `${count} answers asked for, expected 1: Anthropic gives one`);
  const modality = request.outputModalities.find((wanted) => wanted !== "text");
  if (modality !== undefined) crossing.refuse("modalities", `output of kind ${modality}, expected text`);
}

/** Parameters that Anthropic has none of. Values that change nothing are left out without a word. */
function dropWhatHasNoForm(request: ChatRequest, { changes }: Crossing): void {
  if (request.frequencyPenalty) changes.drop("frequency_penalty", "Anthropic has none");
  if (request.presencePenalty) changes.drop("presence_penalty", "Anthropic has none");
  if (request.seed !== undefined) changes.drop("seed", "Anthropic has none");
  if (Object.keys(request.logitBias).length > 0) changes.drop("logit_bias", "Anthropic has none");
  if (request.logprobs === true) changes.drop("logprobs", "Anthropic tells none");
  if (request.topLogprobs) changes.drop("top_logprobs", "Anthropic tells none");
  if (Object.keys(request.metadata).length > 0) changes.drop("metadata", "Anthropic keeps no labels");
}

/** OpenAI's words for the same choice are understood (platform.claude.com/docs/en/api/service-tiers, seen 2026-11-22). */
function encodeServiceTier(tier: string, { changes }: Crossing): Draft {
  switch (tier) {
    case "":
      return {};
    case "auto":
    case "standard_only":
      return { service_tier: tier };
    case "default":
      changes.convert("service_tier", "standard_only");
      return { service_tier: "standard_only" };
    case "priority":
      changes.convert("service_tier", "auto: priority where the account has it");
      return { service_tier: "auto" };
    default:
      changes.drop("service_tier", "a class of service that Anthropic does not know");
      return {};
  }
}
