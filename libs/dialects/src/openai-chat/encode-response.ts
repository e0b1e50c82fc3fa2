import { timestampMs } from "@bufbuild/protobuf/wkt";
import type { Candidate, ChatResponse } from "@sluice/api/sluice/chat/v1/chat_response";
import { type AudioPart, type Part, ToolCallKind } from "@sluice/api/sluice/chat/v1/content";
import { encodeBase64, formatDataUrl } from "../data-url.ts";
import type { EncodedResponse, JsonObject, JsonValue } from "../dialect.ts";
import { isNote, readExtension, restoreExtensions } from "../extension.ts";
import { parseJson, setMember } from "../json.ts";
import { type Changes, createChanges } from "../parameter-change.ts";
import type { SignedBytes } from "../signature.ts";
import { encodeCitations } from "./citation.ts";
import { createCallId } from "./decode-response.ts";
import { encodeReasoning, isReasoningDetail } from "./encode-reasoning.ts";
import { encodeFunctionCall, encodeToolCall, isLegacyCall } from "./encode-tool-call.ts";
import { writeExtraContent } from "./extra-content.ts";
import { encodeFinish } from "./finish-reason.ts";
import { encodeUsage } from "./usage.ts";
import { choiceFields, dialectName, messageFields, responseFields } from "./wire.ts";

type Draft = Record<string, JsonValue | undefined>;

export type EncodeResponseOptions = { readonly fallbackId: string; readonly fallbackCreatedSeconds: number };

/** Writes a whole answer for a client. */
export function encodeResponse(response: ChatResponse, options: EncodeResponseOptions): EncodedResponse {
  const changes = createChanges();
  const body: Draft = {
    id: response.id === "" ? options.fallbackId : response.id,
    object: "chat.completion",
    created:
      response.createTime === undefined
        ? options.fallbackCreatedSeconds
        : Math.floor(timestampMs(response.createTime) / 1000),
    model: response.model,
    choices: response.candidates.map((candidate) => encodeChoice(candidate, options.fallbackId, changes)),
  };
  const usage = encodeUsage(response.usage, response.usageJson);
  if (usage !== undefined) body["usage"] = usage;
  if (response.serviceTier !== "") body["service_tier"] = encodeServiceTier(response.serviceTier);
  if (response.systemFingerprint !== "") body["system_fingerprint"] = response.systemFingerprint;
  restoreExtensions(response.extensions, dialectName, body, responseFields, changes);
  return { body: body as JsonObject, changes: changes.list() };
}

/** Anthropic's `standard` is OpenAI's `default`; other words stand. */
export function encodeServiceTier(tier: string): string {
  return tier === "standard" ? "default" : tier;
}

function encodeChoice(candidate: Candidate, fallbackId: string, changes: Changes): JsonObject {
  const path = `choices[${candidate.index}].`;
  const message: Draft = encodeMessage(
    candidate.parts,
    `${path}message.`,
    (call) => createCallId(fallbackId, candidate.index, call),
    changes,
  );
  const logprobs = candidate.logprobsJson === "" ? undefined : parseJson(candidate.logprobsJson);
  const choice: Draft = {
    index: candidate.index,
    message: message as JsonObject,
    logprobs: logprobs ?? null,
    finish_reason: encodeFinish(candidate.finish),
  };
  if (candidate.finish?.stopSequence !== undefined) choice["stop_reason"] = candidate.finish.stopSequence;
  for (const extension of candidate.extensions) {
    if (extension.dialect !== dialectName || isNote(extension) || !extension.field.startsWith("message.")) continue;
    const field = extension.field.slice("message.".length);
    const value = parseJson(extension.json);
    if (value !== undefined && !messageFields.has(field)) setMember(message, field, value);
  }
  const others = candidate.extensions.filter(
    ({ dialect, field }) => dialect !== dialectName || !field.startsWith("message."),
  );
  restoreExtensions(others, dialectName, choice, choiceFields, changes, path);
  return choice as JsonObject;
}

function encodeMessage(
  parts: readonly Part[],
  path: string,
  nameCall: (call: number) => string,
  changes: Changes,
): Draft {
  let content: string | undefined;
  let refusal: string | undefined;
  let signed: SignedBytes | undefined;
  const annotations: JsonObject[] = [];
  const toolCalls: JsonObject[] = [];
  const images: JsonObject[] = [];
  const extra: Draft = {};
  for (const [index, part] of parts.entries()) {
    switch (part.kind.case) {
      case "text": {
        const { text, citations, signature, signer } = part.kind.value;
        const start = content?.length ?? 0;
        content = (content ?? "") + text;
        annotations.push(...encodeCitations(citations, { start, end: start + text.length }, changes));
        if (signature === "") break;
        if (signed !== undefined) changes.drop(`${path}extra_content`, "a message has one signature over its text");
        signed = { signer, value: signature };
        break;
      }
      case "refusal":
        refusal = (refusal ?? "") + part.kind.value.text;
        break;
      case "toolCall": {
        const call = part.kind.value;
        if (call.toolKind === ToolCallKind.SERVER) reportUnsayable(part, path, changes);
        else if (isLegacyCall(call.id)) extra["function_call"] = encodeFunctionCall(call);
        else {
          const place = toolCalls.length;
          const named = call.id === "" ? { ...call, id: nameCall(place) } : call;
          toolCalls.push(encodeToolCall(part, named, changes, `${path}tool_calls[${place}].`));
        }
        break;
      }
      case "audio":
        extra["audio"] = encodeAudio(part, part.kind.value);
        break;
      case "image": {
        const image = encodeImage(part);
        if (image === undefined) reportUnsayable(part, `${path}content[${index}]`, changes);
        else images.push(image);
        break;
      }
      case "reasoning":
        break;
      default:
        if (!isReasoningDetail(part)) reportUnsayable(part, path, changes);
    }
  }
  if (signed !== undefined) extra["extra_content"] = writeExtraContent(signed);
  const reasoning = encodeReasoning(parts);
  const silent = toolCalls.length > 0 || refusal !== undefined || "function_call" in extra || "audio" in extra;
  return {
    role: "assistant",
    content: content ?? (silent ? null : ""),
    refusal: refusal ?? null,
    ...(reasoning.text === "" ? {} : { reasoning_content: reasoning.text }),
    ...(reasoning.details === undefined ? {} : { reasoning_details: reasoning.details }),
    ...(toolCalls.length === 0 ? {} : { tool_calls: toolCalls }),
    ...(annotations.length === 0 ? {} : { annotations }),
    ...(images.length === 0 ? {} : { images }),
    ...extra,
  };
}

/** Reports a piece of an answer that a client of this dialect is not told. */
export function reportUnsayable(part: Part, path: string, changes: Changes): void {
  switch (part.kind.case) {
    case "toolCall":
      changes.drop("server_tool_call", `${part.kind.value.tool}, which the provider ran`);
      return;
    case "toolResult":
      changes.drop("server_tool_result", `${part.kind.value.serverType}, which the provider made`);
      return;
    case "opaque":
      changes.drop(part.kind.value.type || "content", `a piece of ${part.kind.value.dialect}`);
      return;
    default:
      changes.drop(path, `a piece of kind ${part.kind.case ?? "none"}`);
  }
}

export function encodeAudio(part: Part, audio: AudioPart): JsonObject {
  const expiresAt = readExtension(part.extensions, dialectName, "#expires_at");
  return {
    id: audio.id,
    data: audio.media?.source.case === "inlineData" ? encodeBase64(audio.media.source.value) : "",
    transcript: audio.transcript,
    ...(expiresAt === undefined ? {} : { expires_at: expiresAt }),
  };
}

/** A picture that the model made, in OpenRouter's form. Undefined where it is neither bytes nor an address. */
export function encodeImage(part: Part): JsonObject | undefined {
  const media = part.kind.case === "image" ? part.kind.value.media : undefined;
  switch (media?.source.case) {
    case "inlineData":
      return { type: "image_url", image_url: { url: formatDataUrl(media.mediaType, media.source.value) } };
    case "url":
      return { type: "image_url", image_url: { url: media.source.value } };
    default:
      return undefined;
  }
}
