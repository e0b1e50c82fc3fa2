import type { Candidate, ChatResponse } from "@sluice/api/sluice/chat/v1/chat_response";
import type { EncodedResponse, JsonObject } from "../dialect.ts";
import { reportForeignExtensions } from "../extension.ts";
import { objectOf } from "../json.ts";
import { type Changes, createChanges } from "../parameter-change.ts";
import { encodeOutputPart } from "./encode-output.ts";
import { restoreOwnFields } from "./own-fields.ts";
import { notedFields, restoreNotes } from "./response-notes.ts";
import { encodeStopReason } from "./stop-reason.ts";
import { completeUsage, encodeUsage } from "./usage.ts";
import { type Draft, dialectName, responseFields } from "./wire.ts";

/**
 * The answer for a client that speaks Bedrock's language. There is one: further candidates are left out and reported. The answer's id, its date
 * and the model's name have no place and are left out. A model that does not report usage is told to have used 0 tokens, because the SDKs read
 * numbers; that is reported.
 */
export function encodeResponse(response: ChatResponse, options: { readonly fallbackId: string }): EncodedResponse {
  const changes = createChanges();
  const candidate = response.candidates.find((one) => one.index === 0) ?? response.candidates[0];
  if (response.candidates.length > 1) {
    changes.drop("candidates", `${response.candidates.length - 1} further answers: Bedrock has one`);
  }
  const content = encodeContent(candidate, options.fallbackId, changes);
  const { stopReason, conversion } = encodeStopReason(candidate?.finish);
  if (conversion !== undefined) changes.convert("stopReason", conversion);
  if (candidate !== undefined && candidate.logprobsJson !== "") changes.drop("logprobs", "Bedrock tells none");
  if (candidate !== undefined) reportForeignExtensions(candidate.extensions, dialectName, changes);
  const body: Draft = {
    output: { message: { role: "assistant", content } },
    ...(stopReason !== undefined && { stopReason }),
    usage: encodeResponseUsage(response.usage, response.usageJson, changes),
    ...restoreNotes(response.extensions, candidate?.finish?.stopSequence, false),
    ...encodeServedTier(response.serviceTier),
  };
  const rest = response.extensions.filter(({ field }) => !notedFields.has(field));
  restoreOwnFields(rest, heads, body, reserved, changes);
  liftMessageFields(body);
  return { body, changes: changes.list() };
}

const heads = new Set(["serviceTier", "output"]);
const reserved = new Set([...responseFields]);

/** `output.message.<field>` was put back beside `message`; it belongs into it. */
function liftMessageFields(body: Draft): void {
  const output = objectOf(body["output"]) ?? {};
  const message: Draft = { ...objectOf(output["message"]) };
  for (const [name, value] of Object.entries(output)) {
    if (name.startsWith("message.")) message[name.slice("message.".length)] = value;
  }
  body["output"] = { message };
}

function encodeContent(candidate: Candidate | undefined, fallbackId: string, changes: Changes): Draft[] {
  return (candidate?.parts ?? []).flatMap((part, index) => [
    ...encodeOutputPart(part, `content[${index}]`, `${fallbackId}_${index}`, changes),
  ]);
}

/** Usage that is not reported is told as 0, and that is reported. */
export function encodeResponseUsage(usage: ChatResponse["usage"], usageJson: string, changes: Changes): JsonObject {
  const counted = usage === undefined ? {} : encodeUsage(usage, usageJson);
  for (const field of ["inputTokens", "outputTokens"]) {
    if (counted[field] === undefined) changes.addDefault(`usage.${field}`, "0: the provider did not report it");
  }
  return completeUsage(counted);
}

/** The class of service in Bedrock's word: Anthropic's `standard` is its `default`. */
export function encodeServedTier(tier: string): Draft {
  return tier === "" ? {} : { serviceTier: { type: tier === "standard" ? "default" : tier } };
}
