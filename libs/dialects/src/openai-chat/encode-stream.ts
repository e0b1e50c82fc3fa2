import { timestampMs } from "@bufbuild/protobuf/wkt";
import { type Citation, type Extension, type Part, ToolCallKind } from "@sluice/api/sluice/chat/v1/content";
import type { ResponseStart, StreamError, StreamEvent, StreamFinish } from "@sluice/api/sluice/chat/v1/stream_event";
import { Fault } from "@sluice/api/sluice/common/v1/error_reason";
import { formatSse, formatSseComment } from "@sluice/sse";
import type { JsonObject, JsonValue, StreamEncoder, StreamEncoderOptions } from "../dialect.ts";
import { reportForeignExtensions, restoreExtensions } from "../extension.ts";
import { parseJson } from "../json.ts";
import { createChanges } from "../parameter-change.ts";
import { encodeCitations } from "./citation.ts";
import { createCallId } from "./decode-response.ts";
import { encodeReasoningPart, hasMoreThanText, isReasoningDetail } from "./encode-reasoning.ts";
import { encodeAudio, encodeImage, encodeServiceTier, reportUnsayable } from "./encode-response.ts";
import {
  encodeCalled,
  encodeFunctionCall,
  encodeToolCall,
  isLegacyCall,
  restoreCallFields,
} from "./encode-tool-call.ts";
import { encodeError } from "./error.ts";
import { writeExtraContent } from "./extra-content.ts";
import { encodeFinish } from "./finish-reason.ts";
import { createReasoningBuffer, type ReasoningBuffer } from "./reasoning-buffer.ts";
import { encodeUsage } from "./usage.ts";
import { choiceFields, chunkFields, dialectName, messageFields } from "./wire.ts";

type Draft = Record<string, JsonValue | undefined>;

/** What a client has been told of one candidate. */
type CandidateState = {
  toolCalls: number;
  /** UTF-16 units of `content` so far. */
  contentLength: number;
  readonly parts: Map<number, PartState>;
};

type PartState =
  | { readonly kind: "text"; readonly start: number; readonly citations: Citation[] }
  | { readonly kind: "reasoning"; readonly buffer: ReasoningBuffer }
  | { readonly kind: "call"; readonly index: number; readonly custom: boolean; readonly legacy: boolean }
  | { readonly kind: "unsaid" };

/**
 * Writes the hub's events as chunks. The first says the role as soon as the answer begins; the finish is told when the answer ends, then
 * usage where the client asked for it, then `[DONE]`. After an error there is no `[DONE]`: the end is not a good one.
 *
 * Reasoning is told as it comes in `reasoning_content`; where it proves to be signed or encrypted, it is told once more, whole, in
 * `reasoning_details`, as the client must send it back.
 */
export function createStreamEncoder(options: StreamEncoderOptions): StreamEncoder {
  const changes = createChanges();
  const candidates = new Map<number, CandidateState>();
  let head: JsonObject = {
    id: options.fallbackId,
    object: "chat.completion.chunk",
    created: options.fallbackCreatedSeconds,
    model: "",
  };

  function chunk(choices: readonly JsonObject[], rest: JsonObject = {}): string {
    const usage = options.includeUsage ? { usage: null } : {};
    return formatSse({ data: JSON.stringify({ ...head, choices, ...usage, ...rest }) });
  }

  function say(candidate: number, delta: JsonObject, rest: JsonObject = {}): string {
    return chunk([{ index: candidate, delta, ...rest, finish_reason: null }]);
  }

  function nameCall(candidate: number, call: number): string {
    return createCallId(options.fallbackId, candidate, call);
  }

  function candidateOf(index: number): { readonly state: CandidateState; readonly opening: string } {
    const known = candidates.get(index);
    if (known !== undefined) return { state: known, opening: "" };
    const state: CandidateState = { toolCalls: 0, contentLength: 0, parts: new Map() };
    candidates.set(index, state);
    return { state, opening: say(index, { role: "assistant", content: "", refusal: null }) };
  }

  function start(event: ResponseStart): string {
    const extra: Draft = {};
    restoreExtensions(event.extensions, dialectName, extra, chunkFields, changes);
    head = {
      id: event.id === "" ? options.fallbackId : event.id,
      object: "chat.completion.chunk",
      created:
        event.createTime === undefined
          ? options.fallbackCreatedSeconds
          : Math.floor(timestampMs(event.createTime) / 1000),
      model: event.model,
      ...(event.serviceTier === "" ? {} : { service_tier: encodeServiceTier(event.serviceTier) }),
      ...(event.systemFingerprint === "" ? {} : { system_fingerprint: event.systemFingerprint }),
    };
    const first = { index: 0, delta: { role: "assistant", content: "", refusal: null }, finish_reason: null };
    candidates.set(0, { toolCalls: 0, contentLength: 0, parts: new Map() });
    return chunk([first], extra as JsonObject);
  }

  function push(event: StreamEvent): string {
    switch (event.event.case) {
      case "responseStart":
        return start(event.event.value);
      case "finish":
        return finish(event.event.value);
      case "error":
        return fail(event.event.value);
      case "ping":
        return formatSseComment("ping");
      case undefined:
        return "";
      default: {
        const { state, opening } = candidateOf(event.candidate);
        return opening + pushPiece(event, state);
      }
    }
  }

  function pushPiece(event: StreamEvent, state: CandidateState): string {
    const { candidate, part } = event;
    const open = state.parts.get(part);
    switch (event.event.case) {
      case "textStart":
        reportForeignExtensions(event.event.value.extensions, dialectName, changes);
        state.parts.set(part, { kind: "text", start: state.contentLength, citations: [] });
        return "";
      case "textDelta": {
        const { text, citations, logprobsJson, extensions } = event.event.value;
        const extra: Draft = {};
        restoreExtensions(extensions, dialectName, extra, messageFields, changes);
        state.contentLength += text.length;
        if (open?.kind === "text") open.citations.push(...citations);
        const logprobs = logprobsJson === "" ? undefined : parseJson(logprobsJson);
        const delta = { ...(text === "" ? {} : { content: text }), ...extra } as JsonObject;
        if (Object.keys(delta).length === 0 && logprobs === undefined) return "";
        return say(candidate, delta, logprobs === undefined ? {} : { logprobs });
      }
      case "textEnd": {
        state.parts.delete(part);
        const { signature, signer, extensions } = event.event.value;
        reportForeignExtensions(extensions, dialectName, changes);
        const range = { start: open?.kind === "text" ? open.start : state.contentLength, end: state.contentLength };
        const annotations = open?.kind === "text" ? encodeCitations(open.citations, range, changes) : [];
        const extra = writeExtraContent({ signer, value: signature });
        if (annotations.length === 0 && extra === undefined) return "";
        return say(candidate, {
          ...(annotations.length > 0 && { annotations }),
          ...(extra !== undefined && { extra_content: extra }),
        });
      }
      case "reasoningStart":
        reportForeignExtensions(event.event.value.extensions, dialectName, changes);
        state.parts.set(part, { kind: "reasoning", buffer: createReasoningBuffer(event.event.value) });
        return "";
      case "reasoningDelta": {
        const { text, extensions } = event.event.value;
        reportForeignExtensions(extensions, dialectName, changes);
        if (open?.kind === "reasoning") open.buffer.push(event.event.value);
        return text === "" ? "" : say(candidate, { reasoning_content: text });
      }
      case "reasoningEnd": {
        state.parts.delete(part);
        const whole = open?.kind === "reasoning" ? open.buffer.take() : undefined;
        if (whole === undefined || !hasMoreThanText(whole)) return "";
        return say(candidate, { reasoning_details: encodeReasoningPart(whole, part) });
      }
      case "refusalDelta":
        return event.event.value.text === "" ? "" : say(candidate, { refusal: event.event.value.text });
      case "refusalStart":
      case "refusalEnd":
        return "";
      case "toolCallStart": {
        const { id, tool, toolKind, signature, signer, extensions } = event.event.value;
        if (toolKind === ToolCallKind.SERVER) {
          changes.drop("server_tool_call", `${tool}, which the provider ran`);
          state.parts.set(part, { kind: "unsaid" });
          return "";
        }
        const custom = toolKind === ToolCallKind.CUSTOM;
        const legacy = isLegacyCall(id);
        const index = legacy ? 0 : state.toolCalls++;
        state.parts.set(part, { kind: "call", index, custom, legacy });
        if (legacy) return say(candidate, { function_call: { name: tool, arguments: "" } });
        const entry: Draft = {
          index,
          id: id === "" ? nameCall(candidate, index) : id,
          ...encodeCalled(custom, tool, ""),
        };
        restoreCallFields(extensions, { signer, value: signature }, entry, changes, "");
        return say(candidate, { tool_calls: [entry] });
      }
      case "toolCallDelta": {
        const text = event.event.value.arguments;
        if (open?.kind !== "call" || text === "") return "";
        if (open.legacy) return say(candidate, { function_call: { arguments: text } });
        const called = open.custom ? { custom: { input: text } } : { function: { arguments: text } };
        return say(candidate, { tool_calls: [{ index: open.index, ...called }] });
      }
      case "toolCallEnd":
        state.parts.delete(part);
        return "";
      case "wholePart":
        return pushWhole(event.event.value, candidate, part, state);
      default:
        return "";
    }
  }

  function pushWhole(whole: Part, candidate: number, part: number, state: CandidateState): string {
    switch (whole.kind.case) {
      case "text": {
        const { text, citations, signature, signer } = whole.kind.value;
        const extra = writeExtraContent({ signer, value: signature });
        const begin = state.contentLength;
        state.contentLength += text.length;
        const annotations = encodeCitations(citations, { start: begin, end: state.contentLength }, changes);
        return say(candidate, {
          content: text,
          ...(annotations.length > 0 && { annotations }),
          ...(extra !== undefined && { extra_content: extra }),
        });
      }
      case "reasoning": {
        const { text } = whole.kind.value;
        const plain = text === "" ? "" : say(candidate, { reasoning_content: text });
        return hasMoreThanText(whole)
          ? plain + say(candidate, { reasoning_details: encodeReasoningPart(whole, part) })
          : plain;
      }
      case "refusal":
        return say(candidate, { refusal: whole.kind.value.text });
      case "toolCall": {
        const call = whole.kind.value;
        if (call.toolKind === ToolCallKind.SERVER) break;
        if (isLegacyCall(call.id)) return say(candidate, { function_call: encodeFunctionCall(call) });
        const index = state.toolCalls++;
        const named = call.id === "" ? { ...call, id: nameCall(candidate, index) } : call;
        return say(candidate, { tool_calls: [{ index, ...encodeToolCall(whole, named, changes, "") }] });
      }
      case "audio":
        return say(candidate, { audio: encodeAudio(whole, whole.kind.value) });
      case "image": {
        const image = encodeImage(whole);
        if (image === undefined) break;
        return say(candidate, { images: [image] });
      }
      case "opaque": {
        const json = isReasoningDetail(whole) ? parseJson(whole.kind.value.json) : undefined;
        if (json === undefined) break;
        return say(candidate, { reasoning_details: [json] });
      }
      default:
        break;
    }
    reportUnsayable(whole, `choices[${candidate}].delta`, changes);
    return "";
  }

  function finish(event: StreamFinish): string {
    const fields = readFinishFields(event.extensions);
    const extra: Draft = {};
    restoreExtensions(fields.whole, dialectName, extra, chunkFields, changes);
    const last = event.candidates.length - 1;
    let text = "";
    for (const [position, { candidate, finish: reason }] of event.candidates.entries()) {
      text += candidateOf(candidate).opening;
      const delta: Draft = {};
      const choice: Draft = {};
      restoreExtensions(fields.message(candidate), dialectName, delta, messageFields, changes);
      restoreExtensions(fields.choice(candidate), dialectName, choice, otherChoiceFields, changes);
      if (reason?.stopSequence !== undefined) choice["stop_reason"] = reason.stopSequence;
      const written = { index: candidate, delta, ...choice, finish_reason: encodeFinish(reason) } as JsonObject;
      text += chunk([written], position === last ? (extra as JsonObject) : {});
    }
    const usage = options.includeUsage ? encodeUsage(event.usage, event.usageJson) : undefined;
    if (usage !== undefined) text += chunk([], { usage });
    return `${text}data: [DONE]\n\n`;
  }

  function fail(event: StreamError): string {
    const { error } = encodeError({
      reason: event.reason,
      fault: Fault.UPSTREAM,
      httpStatus: 0,
      message: event.message,
      parameter: "",
      requestId: "",
    });
    const code = event.providerCode === "" ? {} : { provider_code: event.providerCode };
    return formatSse({ data: JSON.stringify({ error: { ...(error as JsonObject), ...code } }) });
  }

  return { push, changes: () => changes.list() };
}

/** `logprobs` may be told at the end, where no text came with it. */
const otherChoiceFields: ReadonlySet<string> = new Set([...choiceFields].filter((field) => field !== "logprobs"));

const candidateField = /^candidates\[(\d+)\]\.(message\.)?(.+)$/s;

/** Sorts the extensions of `finish`: of the whole answer, of one candidate, of its message. Those of pieces have no place in a stream. */
function readFinishFields(extensions: readonly Extension[]) {
  const whole: Extension[] = [];
  const nested: { readonly candidate: number; readonly ofMessage: boolean; readonly extension: Extension }[] = [];
  for (const extension of extensions) {
    const match = candidateField.exec(extension.field);
    if (match === null || extension.dialect !== dialectName) {
      whole.push(extension);
      continue;
    }
    const field = match[3] ?? "";
    if (field.startsWith("parts[")) continue;
    nested.push({
      candidate: Number(match[1]),
      ofMessage: match[2] !== undefined,
      extension: { ...extension, field },
    });
  }
  const select = (candidate: number, ofMessage: boolean) =>
    nested
      .filter((entry) => entry.candidate === candidate && entry.ofMessage === ofMessage)
      .map((entry) => entry.extension);
  return {
    whole,
    message: (candidate: number) => select(candidate, true),
    choice: (candidate: number) => select(candidate, false),
  };
}
