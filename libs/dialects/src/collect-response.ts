import { create } from "@bufbuild/protobuf";
import {
  type Candidate,
  CandidateSchema,
  type ChatResponse,
  ChatResponseSchema,
} from "@sluice/api/sluice/chat/v1/chat_response";
import { type Extension, ExtensionSchema, type Part, PartSchema } from "@sluice/api/sluice/chat/v1/content";
import type { StreamEvent, StreamFinish } from "@sluice/api/sluice/chat/v1/stream_event";
import { parseJson } from "./json.ts";
import { mergeLogprobs } from "./merge-logprobs.ts";
import { readFieldOwner } from "./piece-field.ts";

/**
 * Puts a stream's events together to the whole answer. Of a stream that was broken off (its last event is `error`, or there is no last
 * event) it gives what came, with candidates that have no finish: whoever stores answers must look at the last event first.
 */
export function collectResponse(events: Iterable<StreamEvent>): ChatResponse {
  const response = create(ChatResponseSchema);
  const candidates = new Map<number, Candidate>();
  const parts = new Map<number, Map<number, Part>>();
  const texts = new Map<Part, string[]>();

  const candidateOf = (index: number): Candidate => {
    let candidate = candidates.get(index);
    if (candidate === undefined) {
      candidate = create(CandidateSchema, { index });
      candidates.set(index, candidate);
      parts.set(index, new Map());
    }
    return candidate;
  };
  const add = (event: StreamEvent, part: Part) => {
    candidateOf(event.candidate);
    parts.get(event.candidate)?.set(event.part, part);
  };
  const find = (event: StreamEvent) => parts.get(event.candidate)?.get(event.part);
  // Joined once at the end: an answer has thousands of deltas.
  const append = (part: Part, text: string) => {
    const pieces = texts.get(part);
    if (pieces === undefined) texts.set(part, [text]);
    else pieces.push(text);
  };

  for (const event of events) {
    switch (event.event.case) {
      case "responseStart": {
        const { id, model, createTime, usage, systemFingerprint, serviceTier, extensions } = event.event.value;
        Object.assign(response, { id, model, createTime, usage, systemFingerprint, serviceTier });
        response.extensions = [...extensions];
        break;
      }
      case "textStart": {
        const extensions = [...event.event.value.extensions];
        add(event, create(PartSchema, { kind: { case: "text", value: {} }, extensions }));
        break;
      }
      case "textDelta": {
        const part = find(event);
        if (part?.kind.case !== "text") break;
        const { text, citations, logprobsJson, extensions } = event.event.value;
        append(part, text);
        part.kind.value.citations.push(...citations);
        part.extensions.push(...extensions);
        const candidate = candidateOf(event.candidate);
        candidate.logprobsJson = joinLogprobs(candidate.logprobsJson, logprobsJson);
        break;
      }
      case "textEnd": {
        const part = find(event);
        if (part?.kind.case !== "text") break;
        const { signature, signer, extensions } = event.event.value;
        Object.assign(part.kind.value, { signature, signer });
        part.extensions.push(...extensions);
        break;
      }
      case "reasoningStart": {
        const { id, summary, redactedData, signer } = event.event.value;
        const extensions = [...event.event.value.extensions];
        const value = { id, summary, redactedData, signer };
        add(event, create(PartSchema, { kind: { case: "reasoning", value }, extensions }));
        break;
      }
      case "reasoningDelta": {
        const part = find(event);
        if (part?.kind.case !== "reasoning") break;
        const { text, signature, signer, extensions } = event.event.value;
        append(part, text);
        part.kind.value.signature += signature;
        if (signer !== "") part.kind.value.signer = signer;
        part.extensions.push(...extensions);
        break;
      }
      case "toolCallStart": {
        const { id, tool, toolKind, signature, signer } = event.event.value;
        const extensions = [...event.event.value.extensions];
        const value = { id, tool, toolKind, signature, signer };
        add(event, create(PartSchema, { kind: { case: "toolCall", value }, extensions }));
        break;
      }
      case "toolCallDelta": {
        const part = find(event);
        if (part !== undefined) append(part, event.event.value.arguments);
        break;
      }
      case "refusalStart":
        add(event, create(PartSchema, { kind: { case: "refusal", value: {} } }));
        break;
      case "refusalDelta": {
        const part = find(event);
        if (part !== undefined) append(part, event.event.value.text);
        break;
      }
      case "wholePart":
        add(event, event.event.value);
        break;
      case "finish":
        takeFinish(response, event.event.value, candidateOf, parts);
        break;
      case "error":
        response.usage = event.event.value.usage ?? response.usage;
        break;
      default:
        break;
    }
  }
  for (const [part, pieces] of texts) setText(part, pieces.join(""));
  for (const [index, candidate] of candidates) {
    const numbered = [...(parts.get(index) ?? [])].sort(([first], [second]) => first - second);
    candidate.parts = numbered.map(([, part]) => part);
    response.candidates.push(candidate);
  }
  response.candidates.sort((first, second) => first.index - second.index);
  return response;
}

function takeFinish(
  response: ChatResponse,
  finish: StreamFinish,
  candidateOf: (index: number) => Candidate,
  parts: ReadonlyMap<number, ReadonlyMap<number, Part>>,
): void {
  response.usage = finish.usage ?? response.usage;
  response.usageJson = finish.usageJson;
  for (const { candidate, finish: reason } of finish.candidates) candidateOf(candidate).finish = reason;
  for (const extension of finish.extensions) {
    const owner = readFieldOwner(extension);
    if (owner.kind === "answer") setExtension(response.extensions, extension);
    else {
      const renamed = create(ExtensionSchema, { dialect: extension.dialect, field: owner.field, json: extension.json });
      if (owner.kind === "part") parts.get(owner.candidate)?.get(owner.part)?.extensions.push(renamed);
      else if (owner.field === "logprobs") {
        const candidate = candidateOf(owner.candidate);
        candidate.logprobsJson = joinLogprobs(candidate.logprobsJson, extension.json);
      } else candidateOf(owner.candidate).extensions.push(renamed);
    }
  }
}

/** What is told at the end replaces what was told at the start. */
function setExtension(extensions: Extension[], extension: Extension): void {
  const before = extensions.findIndex(
    ({ dialect, field }) => dialect === extension.dialect && field === extension.field,
  );
  if (before < 0) extensions.push(extension);
  else extensions[before] = extension;
}

function setText(part: Part, text: string): void {
  switch (part.kind.case) {
    case "text":
    case "reasoning":
    case "refusal":
      part.kind.value.text = text;
      break;
    case "toolCall":
      part.kind.value.arguments = text;
      break;
    default:
      break;
  }
}

function joinLogprobs(first: string, second: string): string {
  if (first === "" || second === "") return first + second;
  return JSON.stringify(mergeLogprobs(parseJson(first) ?? null, parseJson(second) ?? null));
}
