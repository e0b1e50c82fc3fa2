import type { Candidate, ChatResponse } from "@sluice/api/sluice/chat/v1/chat_response";
import type { EncodedResponse } from "../dialect.ts";
import { reportForeignExtensions } from "../extension.ts";
import { type Changes, createChanges } from "../parameter-change.ts";
import { encodeOutputPart } from "./encode-output.ts";
import { restoreOwnFields } from "./own-fields.ts";
import { encodeStopReason } from "./stop-reason.ts";
import { completeUsage, encodeServedTier, encodeUsage, reportUntoldUsage } from "./usage.ts";
import { type Draft, dialectName, responseFields } from "./wire.ts";

/**
 * The answer for a client that speaks Anthropic's language. There is one: further candidates are left out and reported. The date has
 * no place and is left out. A model that does not report usage is told to have used 0
 * tokens, because the SDKs read numbers; that is reported.
 */
export function encodeResponse(response: ChatResponse, options: { readonly fallbackId: string }): EncodedResponse {
  const changes = createChanges();
  const candidate = response.candidates.find((one) => one.index === 0) ?? response.candidates[0];
  if (response.candidates.length > 1) {
    changes.drop("candidates", `${response.candidates.length - 1} further answers: Anthropic has one`);
  }
  const content = encodeContent(candidate, options.fallbackId, changes);
  const refused = candidate?.parts.some((part) => part.kind.case === "refusal") === true;
  const { conversion, ...stop } = encodeStopReason(candidate?.finish, refused);
  if (conversion !== undefined) changes.convert("stop_reason", conversion);
  if (candidate !== undefined && candidate.logprobsJson !== "") changes.drop("logprobs", "Anthropic tells none");
  if (response.systemFingerprint !== "") changes.drop("system_fingerprint", "Anthropic tells none");
  if (candidate !== undefined) reportForeignExtensions(candidate.extensions, dialectName, changes);
  const body: Draft = {
    id: response.id === "" ? options.fallbackId : response.id,
    type: "message",
    role: "assistant",
    model: response.model,
    content,
    ...stop,
    usage: encodeResponseUsage(response, changes),
  };
  restoreOwnFields(response.extensions, new Set(["usage"]), body, responseFields, changes);
  return { body, changes: changes.list() };
}

function encodeContent(candidate: Candidate | undefined, fallbackId: string, changes: Changes): Draft[] {
  const content: Draft[] = [];
  for (const [index, part] of (candidate?.parts ?? []).entries()) {
    content.push(...encodeOutputPart(part, `content[${index}]`, `${fallbackId}_${index}`, changes));
  }
  return content;
}

function encodeResponseUsage(response: ChatResponse, changes: Changes): Draft {
  const usage = response.usage === undefined ? {} : encodeUsage(response.usage);
  reportMissingUsage(usage, changes);
  reportUntoldUsage(response.usage, changes);
  return {
    ...completeUsage(usage),
    ...(response.serviceTier !== "" && { service_tier: encodeServedTier(response.serviceTier) }),
  };
}

export function reportMissingUsage(usage: Draft, changes: Changes): void {
  for (const field of ["input_tokens", "output_tokens"]) {
    if (usage[field] === undefined) changes.addDefault(`usage.${field}`, "0: the provider did not report it");
  }
}
