import { toJson } from "@bufbuild/protobuf";
import { type Timestamp, TimestampSchema } from "@bufbuild/protobuf/wkt";
import type { Candidate, ChatResponse } from "@sluice/api/sluice/chat/v1/chat_response";
import type { EncodedResponse, JsonValue } from "../dialect.ts";
import { readExtension } from "../extension.ts";
import { isObject, stringOf } from "../json.ts";
import { type Changes, createChanges } from "../parameter-change.ts";
import { encodeAnswerPart } from "./encode-answer.ts";
import { encodeFinish } from "./finish-reason.ts";
import { type CitedText, encodeGrounding } from "./grounding.ts";
import { encodeLogprobs } from "./logprobs.ts";
import { restoreFields } from "./nested-fields.ts";
import { encodeServedTier, encodeUsage, reportUntoldUsage } from "./usage.ts";
import { candidateFields, type Draft, dialectName, responseFields } from "./wire.ts";

/** Writes a whole answer for a client. */
export function encodeResponse(response: ChatResponse, options: { readonly fallbackId: string }): EncodedResponse {
  const changes = createChanges();
  const body: Draft = {};
  if (!isBlocked(response)) {
    body["candidates"] = response.candidates.map((candidate) => encodeCandidate(candidate, changes) as JsonValue);
  }
  const usage = encodeUsage(response.usage, response.usageJson, encodeServedTier(response.serviceTier, changes));
  reportUntoldUsage(response.usage, changes);
  if (usage !== undefined) body["usageMetadata"] = usage;
  body["modelVersion"] = response.model;
  body["responseId"] = response.id === "" ? options.fallbackId : response.id;
  if (response.createTime !== undefined) body["createTime"] = encodeTime(response.createTime);
  if (response.systemFingerprint !== "") changes.drop("system_fingerprint", "Google tells none");
  restoreFields(response.extensions, {}, body, responseFields, changes);
  return { body, changes: changes.list() };
}

export function encodeTime(time: Timestamp): JsonValue {
  return toJson(TimestampSchema, time);
}

/** Whether it is Google's answer to a prompt that it blocked, which has no candidates. */
function isBlocked({ candidates, extensions }: ChatResponse): boolean {
  const feedback = readExtension(extensions, dialectName, "promptFeedback");
  const reason = isObject(feedback) ? stringOf(feedback["blockReason"] ?? feedback["block_reason"]) : undefined;
  const [only] = candidates;
  return reason !== undefined && candidates.length <= 1 && (only === undefined || isSilent(only, reason));
}

function isSilent(candidate: Candidate, reason: string): boolean {
  return candidate.parts.length === 0 && candidate.finish?.raw === reason;
}

function encodeCandidate(candidate: Candidate, changes: Changes): Draft {
  const path = `candidates[${candidate.index}].`;
  const parts: Draft[] = [];
  const texts: CitedText[] = [];
  for (const [index, part] of candidate.parts.entries()) {
    const written = encodeAnswerPart(part, `${path}content.parts[${index}]`, changes);
    if (written === undefined) continue;
    if (part.kind.case === "text") texts.push({ partIndex: parts.length, ...part.kind.value });
    parts.push(written);
  }
  const content: Draft = { parts: parts as JsonValue[], role: "model" };
  const written: Draft = { content, finishReason: encodeFinish(candidate.finish), index: candidate.index };
  if (candidate.finish?.stopSequence !== undefined) changes.drop("stop_sequence", "Google does not tell which was met");
  const logprobs = encodeLogprobs(candidate.logprobsJson);
  if (logprobs !== undefined) written["logprobsResult"] = logprobs;
  const grounding = encodeGrounding(texts);
  if (grounding !== undefined) written["groundingMetadata"] = grounding;
  const governed = new Set(["parts", "role"]);
  restoreFields(candidate.extensions, { content: governed }, written, reservedFields, changes, path);
  return written;
}

const reservedFields: ReadonlySet<string> = new Set([...candidateFields]);
