import { create } from "@bufbuild/protobuf";
import { type Citation, type Extension, type Part, PartSchema } from "@sluice/api/sluice/chat/v1/content";
import type { ResponseStart, StreamError, StreamEvent, StreamFinish } from "@sluice/api/sluice/chat/v1/stream_event";
import { Fault } from "@sluice/api/sluice/common/v1/error_reason";
import { formatSse } from "@sluice/sse";
import type { JsonObject, JsonValue, StreamEncoder, StreamEncoderOptions } from "../dialect.ts";
import { objectOf, parseJson } from "../json.ts";
import { mergeLogprobs } from "../merge-logprobs.ts";
import { createChanges } from "../parameter-change.ts";
import { readFieldOwner } from "../piece-field.ts";
import { encodeAnswerPart, refusalAsText, reportCitations, sign } from "./encode-answer.ts";
import { encodeTime } from "./encode-response.ts";
import { encodeError } from "./error.ts";
import { encodeFinish } from "./finish-reason.ts";
import { encodeGrounding } from "./grounding.ts";
import { encodeLogprobs } from "./logprobs.ts";
import { restoreFields } from "./nested-fields.ts";
import { encodeSignature } from "./thought-signature.ts";
import { encodeServedTier, encodeUsage, reportUntoldUsage } from "./usage.ts";
import { candidateFields, type Draft, dialectName, responseFields } from "./wire.ts";

/** A piece of which the client has been told something, or that waits to be whole. `fields` wait for the next part of it. */
type Piece =
  | { readonly kind: "text"; readonly texts: string[]; readonly citations: Citation[]; fields: Draft }
  | {
      readonly kind: "reasoning";
      readonly redactedData: string;
      readonly id: string;
      signature: string;
      signer: string;
      fields: Draft;
    }
  | { readonly kind: "call"; readonly part: Part; readonly pieces: string[] };

/** What a client has been told of one candidate. Google counts the places of sources in a stream through all of its text. */
type CandidateState = {
  readonly pieces: Map<number, Piece>;
  readonly texts: string[];
  textLength: number;
  readonly citations: Citation[];
};

/** The most characters of arguments that wait for the end of their calls. */
const maxHeldCharacters = 16 * 1024 * 1024;

/**
 * Writes the hub's events as chunks. Google tells a call whole, so its arguments wait for its end. A signature comes with an empty part of its kind,
 * after what it signs, as Google sends it. The first chunk tells the class of service, where it is known. The last chunk says why each candidate ended, usage, and the sources; nothing follows it.
 */
export function createStreamEncoder(options: StreamEncoderOptions): StreamEncoder {
  const changes = createChanges();
  const candidates = new Map<number, CandidateState>();
  let head: JsonObject = { modelVersion: "", responseId: options.fallbackId };
  let extra: Draft = {};
  let serviceTier = "";
  let tierToTell: JsonObject | undefined;
  let heldCharacters = 0;
  let ended = false;

  function chunk(entries: readonly JsonObject[] | undefined, usage = tierToTell): string {
    tierToTell = undefined;
    const written = {
      ...(entries === undefined ? {} : { candidates: entries }),
      ...(usage === undefined ? {} : { usageMetadata: usage }),
      ...head,
      ...extra,
    };
    extra = {};
    return formatSse({ data: JSON.stringify(written) });
  }

  function say(candidate: number, part: Draft, rest?: JsonObject): string {
    return chunk([{ content: { parts: [part as JsonObject], role: "model" }, index: candidate, ...rest }]);
  }

  function candidateOf(index: number): CandidateState {
    let state = candidates.get(index);
    if (state === undefined) {
      state = { pieces: new Map(), texts: [], textLength: 0, citations: [] };
      candidates.set(index, state);
    }
    return state;
  }

  function start(event: ResponseStart): string {
    restoreFields(event.extensions, {}, extra, responseFields, changes);
    if (event.systemFingerprint !== "") changes.drop("system_fingerprint", "Google tells none");
    serviceTier = encodeServedTier(event.serviceTier, changes);
    if (serviceTier !== "") tierToTell = { serviceTier };
    head = {
      modelVersion: event.model,
      responseId: event.id === "" ? options.fallbackId : event.id,
      ...(event.createTime === undefined ? {} : { createTime: encodeTime(event.createTime) }),
    };
    return "";
  }

  function push(event: StreamEvent): string {
    if (ended) return "";
    switch (event.event.case) {
      case "responseStart":
        return start(event.event.value);
      case "finish":
        ended = true;
        return finish(event.event.value);
      case "error":
        ended = true;
        return fail(event.event.value);
      case "ping":
        // A comment would break Google's Python SDK, which reads every line as a part of a chunk.
        return "";
      case undefined:
        return "";
      default:
        return pushPiece(event, candidateOf(event.candidate));
    }
  }

  function pushPiece(event: StreamEvent, state: CandidateState): string {
    const { candidate, part } = event;
    const path = `candidates[${candidate}].content.parts[${part}]`;
    const piece = state.pieces.get(part);
    switch (event.event.case) {
      case "textStart":
        state.pieces.set(part, {
          kind: "text",
          texts: [],
          citations: [],
          fields: readFields(event.event.value.extensions, path),
        });
        return "";
      case "textDelta": {
        const { text, citations, logprobsJson, extensions } = event.event.value;
        if (piece?.kind !== "text") return "";
        piece.texts.push(text);
        piece.citations.push(...citations);
        Object.assign(piece.fields, readFields(extensions, path));
        const logprobs = encodeLogprobs(logprobsJson);
        if (text === "" && logprobs === undefined) return "";
        return say(candidate, { text, ...takeFields(piece) }, logprobs && { logprobsResult: logprobs });
      }
      case "textEnd": {
        state.pieces.delete(part);
        if (piece?.kind !== "text") return "";
        endText(piece.texts.join(""), piece.citations, state);
        const signed = {
          ...piece.fields,
          ...readFields(event.event.value.extensions, path),
          ...sign(event.event.value),
        };
        return Object.keys(signed).length === 0 ? "" : say(candidate, { text: "", ...signed });
      }
      case "reasoningStart": {
        const { id, redactedData, signer, extensions } = event.event.value;
        const fields = readFields(extensions, path);
        state.pieces.set(part, { kind: "reasoning", redactedData, id, signature: "", signer, fields });
        return "";
      }
      case "reasoningDelta": {
        const { text, signature, signer, extensions } = event.event.value;
        if (piece?.kind !== "reasoning") return "";
        piece.signature += signature;
        if (signer !== "") piece.signer = signer;
        Object.assign(piece.fields, readFields(extensions, path));
        return text === "" ? "" : say(candidate, { text, thought: true, ...takeFields(piece) });
      }
      case "reasoningEnd": {
        state.pieces.delete(part);
        if (piece?.kind !== "reasoning") return "";
        const thoughtSignature = encodeSignature(piece);
        const signed = { ...piece.fields, ...(thoughtSignature !== "" && { thoughtSignature }) };
        return Object.keys(signed).length === 0 ? "" : say(candidate, { text: "", thought: true, ...signed });
      }
      case "refusalDelta": {
        const { text } = event.event.value;
        changes.convert(path, refusalAsText);
        return text === "" ? "" : tellText(text, [], candidate, state, { text });
      }
      case "toolCallStart": {
        const { id, tool, toolKind, signature, signer, extensions } = event.event.value;
        const value = { id, tool, toolKind, signature, signer };
        const whole = create(PartSchema, { kind: { case: "toolCall", value }, extensions });
        state.pieces.set(part, { kind: "call", part: whole, pieces: [] });
        return "";
      }
      case "toolCallDelta": {
        const text = event.event.value.arguments;
        if (piece?.kind !== "call") return "";
        piece.pieces.push(text);
        heldCharacters += text.length;
        return heldCharacters > maxHeldCharacters ? overflow() : "";
      }
      case "toolCallEnd": {
        state.pieces.delete(part);
        if (piece?.kind !== "call" || piece.part.kind.case !== "toolCall") return "";
        const call = { ...piece.part.kind.value, arguments: piece.pieces.join("") };
        heldCharacters -= call.arguments.length;
        return tell({ ...piece.part, kind: { case: "toolCall", value: call } }, candidate, path, state);
      }
      case "wholePart":
        return tell(event.event.value, candidate, path, state);
      default:
        return "";
    }
  }

  function readFields(extensions: readonly Extension[], path: string): Draft {
    const fields: Draft = {};
    restoreFields(extensions, {}, fields, partFields, changes, `${path}.`);
    return fields;
  }

  function tell(part: Part, candidate: number, path: string, state: CandidateState): string {
    const written = encodeAnswerPart(part, path, changes);
    if (written === undefined) return "";
    if (part.kind.case !== "text") return say(candidate, written);
    return tellText(part.kind.value.text, part.kind.value.citations, candidate, state, written);
  }

  function tellText(
    text: string,
    citations: readonly Citation[],
    candidate: number,
    state: CandidateState,
    written: Draft,
  ): string {
    endText(text, citations, state);
    return say(candidate, written);
  }

  /** Keeps what the text rests on, with its place in all of the answer's text, until the end. */
  function endText(text: string, citations: readonly Citation[], state: CandidateState): void {
    reportCitations(citations, changes);
    const offset = state.textLength;
    for (const citation of citations) {
      const { startIndex = 0, endIndex = text.length } = citation;
      state.citations.push({ ...citation, startIndex: offset + startIndex, endIndex: offset + endIndex });
    }
    state.texts.push(text);
    state.textLength += text.length;
  }

  function finish(event: StreamFinish): string {
    const owned = sortExtensions(event.extensions);
    restoreFields(owned.answer, {}, extra, responseFields, changes);
    const usage = encodeUsage(event.usage, event.usageJson, serviceTier);
    reportUntoldUsage(event.usage, changes);
    if (isBlocked(event)) return chunk(undefined, usage);
    const entries = event.candidates.map(({ candidate, finish: reason }) => {
      const written: Draft = {
        content: { parts: [{ text: "" }], role: "model" },
        finishReason: encodeFinish(reason),
        index: candidate,
      };
      if (reason?.stopSequence !== undefined) changes.drop("stop_sequence", "Google does not tell which was met");
      const { texts, citations } = candidateOf(candidate);
      const grounding = encodeGrounding([{ partIndex: 0, text: texts.join(""), citations }]);
      if (grounding !== undefined) written["groundingMetadata"] = grounding;
      const logprobs = encodeLogprobs(owned.logprobs.get(candidate) ?? "");
      if (logprobs !== undefined) written["logprobsResult"] = logprobs;
      const fields = owned.candidates.get(candidate) ?? [];
      const heads = { content: new Set(["parts", "role"]) };
      restoreFields(fields, heads, written, candidateFields, changes, `candidates[${candidate}].`);
      return written as JsonObject;
    });
    return chunk(entries, usage);
  }

  /** Google's answer to a prompt that it blocked has no candidates. */
  function isBlocked(event: StreamFinish): boolean {
    const feedback = objectOf(extra["promptFeedback"]);
    const reason = feedback?.["blockReason"] ?? feedback?.["block_reason"];
    return candidates.size === 0 && typeof reason === "string" && event.candidates[0]?.finish?.raw === reason;
  }

  function overflow(): string {
    ended = true;
    changes.drop("tool_calls", `arguments of more than ${maxHeldCharacters} characters`);
    return fail(undefined);
  }

  function fail(event: StreamError | undefined): string {
    const { error } = encodeError({
      reason: event?.reason ?? 0,
      fault: Fault.UPSTREAM,
      httpStatus: 0,
      message: event?.message ?? `a call of more than ${maxHeldCharacters} characters`,
      parameter: "",
      requestId: "",
    });
    return formatSse({ data: JSON.stringify({ error }) });
  }

  return { push, changes: () => changes.list() };
}

/** What a part says beside what stands by it of its own. */
const partFields: ReadonlySet<string> = new Set(["text", "thought", "thoughtSignature"]);

/** The fields that wait, once. */
function takeFields(piece: { fields: Draft }): Draft {
  const { fields } = piece;
  piece.fields = {};
  return fields;
}

type OwnedExtensions = {
  readonly answer: readonly Extension[];
  readonly candidates: ReadonlyMap<number, readonly Extension[]>;
  readonly logprobs: ReadonlyMap<number, string>;
};

/** Sorts the extensions of `finish`: of the whole answer, and of a candidate. Those of pieces have been told with them. */
function sortExtensions(extensions: readonly Extension[]): OwnedExtensions {
  const answer: Extension[] = [];
  const candidates = new Map<number, Extension[]>();
  const logprobs = new Map<number, string>();
  for (const extension of extensions) {
    const owner = readFieldOwner(extension);
    if (owner.kind === "answer") answer.push(extension);
    else if (owner.kind === "candidate" && owner.field === "logprobs" && extension.dialect !== dialectName) {
      const before = logprobs.get(owner.candidate);
      const told: JsonValue = parseJson(extension.json) ?? null;
      const merged = before === undefined ? told : mergeLogprobs(parseJson(before) ?? null, told);
      logprobs.set(owner.candidate, JSON.stringify(merged));
    } else if (owner.kind === "candidate") {
      const list = candidates.get(owner.candidate) ?? [];
      candidates.set(owner.candidate, list);
      list.push({ ...extension, field: owner.field });
    }
  }
  return { answer, candidates, logprobs };
}
