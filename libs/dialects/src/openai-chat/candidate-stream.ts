import { create } from "@bufbuild/protobuf";
import type { Finish } from "@sluice/api/sluice/chat/v1/chat_response";
import { type Extension, type Part, PartSchema } from "@sluice/api/sluice/chat/v1/content";
import type { StreamEvent } from "@sluice/api/sluice/chat/v1/stream_event";
import type { JsonObject, JsonValue } from "../dialect.ts";
import { createExtension } from "../extension.ts";
import { arrayOf, isArray, isObject, objectOf, stringOf } from "../json.ts";
import { createProblems } from "../request-problem.ts";
import { type AudioStream, createAudioStream } from "./audio-stream.ts";
import { decodeAnnotations } from "./citation.ts";
import { decodeContentPart } from "./decode-content.ts";
import { readExtraContent } from "./extra-content.ts";
import { decodeFinish } from "./finish-reason.ts";
import { createLogprobsBuffer } from "./logprobs.ts";
import { createPartStream, type PartStream } from "./part-stream.ts";
import { createToolCallStream } from "./tool-call-stream.ts";
import { choiceFields, dialectName, messageFields } from "./wire.ts";

/** One choice of a stream. Faults are returned, in words, and end the stream. */
export interface CandidateStream {
  readonly index: number;
  readonly hasFinishReason: boolean;
  /** Takes one entry of a chunk's `choices`, appends the events it causes. */
  push(choice: JsonObject, events: StreamEvent[]): string | undefined;
  /** The answer is whole: ends what is open. */
  end(events: StreamEvent[]): string | undefined;
  /** The answer is broken off: closes what is open, adds nothing. */
  close(events: StreamEvent[]): void;
  finish(): Finish;
  /** Fields without a place in the events, named `candidates[<index>].<field>`. */
  extensions(): Extension[];
}

export function createCandidateStream(index: number, responseId: string): CandidateStream {
  const parts: PartStream = createPartStream(index);
  const calls = createToolCallStream(index, responseId, parts);
  const logprobs = createLogprobsBuffer();
  const rest = new Map<string, JsonValue>();
  let audio: AudioStream | undefined;
  let rawFinish: string | undefined;
  let stopSequence: string | undefined;

  function push(choice: JsonObject, events: StreamEvent[]): string | undefined {
    logprobs.add(choice["logprobs"]);
    keep(choice, choiceFields, "");
    // A few servers send a whole `message` in the last chunk of a stream that had none before.
    const delta = objectOf(choice["delta"]) ?? objectOf(choice["message"]) ?? {};
    const extra = readExtraContent(delta["extra_content"]);
    keep(extra.signed.value === "" ? delta : { ...delta, extra_content: extra.rest }, messageFields, "message.");
    parts.reasoning(delta, events);
    const fault = pushContent(delta["content"], events);
    if (fault !== undefined) return fault;
    const citations = decodeAnnotations(delta["annotations"]);
    if (citations.length > 0) parts.text("", citations, "", events);
    if (extra.signed.value !== "") parts.sign(extra.signed, events);
    parts.refusal(stringOf(delta["refusal"]) ?? "", events);
    if (logprobs.pending() && parts.isTextOpen()) parts.text("", [], logprobs.take(), events);
    for (const image of arrayOf(delta["images"])) {
      if (isObject(image)) parts.whole(decodePart(image), events);
    }
    if (isObject(delta["audio"])) {
      audio ??= createAudioStream();
      const problem = audio.push(delta["audio"]);
      if (problem !== undefined) return problem;
    }
    const callFault = calls.push(delta, events);
    if (callFault !== undefined) return callFault;
    const finish = stringOf(choice["finish_reason"]) ?? "";
    if (finish !== "") rawFinish = finish;
    stopSequence = stringOf(choice["stop_reason"]) ?? stopSequence;
    return undefined;
  }

  function pushContent(content: JsonValue | undefined, events: StreamEvent[]): string | undefined {
    if (typeof content === "string") {
      if (content !== "") parts.text(content, [], logprobs.take(), events);
      return undefined;
    }
    if (content === undefined || content === null) return undefined;
    if (!isArray(content)) return "content is neither a string nor an array";
    for (const piece of content) {
      if (!isObject(piece)) return "content has a piece that is not an object";
      const problems = createProblems();
      const part = decodeContentPart(piece, "content", problems);
      if (problems.first !== undefined) return problems.first.message;
      if (part.kind.case === "text") parts.text(part.kind.value.text, [], logprobs.take(), events);
      else if (part.kind.case === "reasoning") parts.reasoning({ reasoning_content: part.kind.value.text }, events);
      else if (part.kind.case === "refusal") parts.refusal(part.kind.value.text, events);
      else parts.whole(part, events);
    }
    return undefined;
  }

  function keep(source: JsonObject, known: ReadonlySet<string>, prefix: string): void {
    for (const key in source) {
      const value = source[key];
      if (value === undefined || value === null || known.has(key)) continue;
      const before = rest.get(prefix + key);
      rest.set(prefix + key, isArray(before) && isArray(value) ? [...before, ...value] : value);
    }
  }

  return {
    index,
    get hasFinishReason() {
      return rawFinish !== undefined;
    },
    push,
    end(events) {
      const fault = calls.end(events);
      if (fault !== undefined) return fault;
      parts.close(events);
      if (audio !== undefined) parts.whole(audio.take(), events);
      return undefined;
    },
    close(events) {
      calls.close(events);
      parts.close(events);
    },
    finish: () => decodeFinish(rawFinish, calls.hasCalls, stopSequence),
    extensions() {
      const kept = [...rest].map(([field, value]) =>
        createExtension(dialectName, `candidates[${index}].${field}`, value),
      );
      if (logprobs.pending()) {
        kept.push(createExtension(dialectName, `candidates[${index}].logprobs`, JSON.parse(logprobs.take())));
      }
      return kept;
    },
  };
}

function decodePart(piece: JsonObject): Part {
  const problems = createProblems();
  const part = decodeContentPart(piece, "images", problems);
  if (problems.first === undefined) return part;
  return create(PartSchema, {
    kind: {
      case: "opaque",
      value: { dialect: dialectName, type: stringOf(piece["type"]) ?? "", json: JSON.stringify(piece) },
    },
  });
}
