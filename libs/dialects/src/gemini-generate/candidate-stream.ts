import type { Finish } from "@sluice/api/sluice/chat/v1/chat_response";
import type { Extension } from "@sluice/api/sluice/chat/v1/content";
import type { StreamEvent } from "@sluice/api/sluice/chat/v1/stream_event";
import type { JsonObject, JsonValue } from "../dialect.ts";
import { createExtension } from "../extension.ts";
import { isArray, isObject, parseJson, stringOf } from "../json.ts";
import { mergeLogprobs } from "../merge-logprobs.ts";
import { createProblems } from "../request-problem.ts";
import { createStreamEvent } from "../stream-event.ts";
import { messageOf } from "./camel-case.ts";
import { decodePart } from "./decode-part.ts";
import { keepCandidateFields } from "./decode-response.ts";
import { decodeFinish } from "./finish-reason.ts";
import { decodeGrounding, isGrounded } from "./grounding.ts";
import { decodeLogprobs } from "./logprobs.ts";
import { createPieceStream } from "./piece-stream.ts";
import { createAnswerCallIds } from "./tool-call-id.ts";
import { dialectName } from "./wire.ts";

/** One candidate of a stream. Faults are returned, in words, and end the stream. */
export interface CandidateStream {
  readonly index: number;
  readonly hasFinishReason: boolean;
  /** Takes one entry of a chunk's `candidates`, in camel case; appends the events it causes. */
  push(candidate: JsonObject, events: StreamEvent[]): string | undefined;
  /** The answer is whole: ends what is open, and tells what could be told at its end alone. */
  end(events: StreamEvent[]): void;
  /** The answer is broken off: closes what is open, adds nothing. */
  close(events: StreamEvent[]): void;
  finish(): Finish;
  /** Fields without a place in the events, named `candidates[<index>].<field>`. */
  extensions(): Extension[];
}

export function createCandidateStream(index: number, responseId: string): CandidateStream {
  const ids = createAnswerCallIds(responseId, index);
  const pieces = createPieceStream(index, ids);
  const rest = new Map<string, JsonValue>();
  let rawFinish: string | undefined;
  let logprobs = "";

  function push(candidate: JsonObject, events: StreamEvent[]): string | undefined {
    const parts = messageOf(candidate["content"])?.["parts"] ?? [];
    if (!isArray(parts)) return "a candidate's parts are no array";
    for (const value of parts) {
      const fault = pushPart(value, events);
      if (fault !== undefined) return fault;
    }
    for (const { field, json } of keepCandidateFields(candidate)) keep(field, parseJson(json) ?? null);
    pushLogprobs(decodeLogprobs(candidate["logprobsResult"]), events);
    const finish = stringOf(candidate["finishReason"]) ?? "";
    if (finish !== "") rawFinish = finish;
    return undefined;
  }

  function pushPart(value: JsonValue, events: StreamEvent[]): string | undefined {
    const written = messageOf(value);
    const call = messageOf(written?.["functionCall"]);
    if (written !== undefined && call !== undefined) {
      const told = pieces.partialCall(written, call, events);
      if (told.kind === "fault") return told.message;
      if (told.kind === "taken") return undefined;
    }
    const problems = createProblems();
    const part = decodePart(value, "part", ids, problems);
    if (problems.first !== undefined) return problems.first.message;
    if (part !== undefined) pieces.push(part, events);
    return undefined;
  }

  /** Log probabilities go with the text that they came with; where there is none, they are told at the end. */
  function pushLogprobs(told: string, events: StreamEvent[]): void {
    if (told === "") return;
    const all =
      logprobs === "" ? told : JSON.stringify(mergeLogprobs(parseJson(logprobs) ?? null, parseJson(told) ?? null));
    logprobs = pieces.tellLogprobs(all, events) ? "" : all;
  }

  /** Google sends `groundingMetadata` empty with each chunk until it has it. */
  function keep(field: string, value: JsonValue): void {
    const isEmpty = isObject(value) && Object.keys(value).length === 0;
    if (!isEmpty || !rest.has(field)) rest.set(field, value);
  }

  function cite(events: StreamEvent[]): void {
    const grounding = rest.get("groundingMetadata");
    if (!isGrounded(grounding)) return;
    const texts = pieces.texts();
    const citations = decodeGrounding(
      grounding,
      texts.map(({ text }) => text),
    );
    // Only the text that is still open can be added to: of the others, places are lost, the sources are not.
    const open = texts.findLastIndex(({ isOpen }) => isOpen);
    if (open < 0) return;
    const told = citations.flatMap((cited, place) =>
      place === open ? cited : cited.map(({ startIndex: _, endIndex: __, ...citation }) => citation),
    );
    if (told.length > 0) {
      events.push(createStreamEvent({ case: "textDelta", value: { citations: told } }, index, texts[open]?.part ?? 0));
    }
  }

  return {
    index,
    get hasFinishReason() {
      return rawFinish !== undefined;
    },
    push,
    end(events) {
      cite(events);
      pieces.close(events);
    },
    close: (events) => pieces.close(events),
    finish: () => decodeFinish(rawFinish, pieces.callsFunction()),
    extensions() {
      const kept = [...rest].map(([field, value]) =>
        createExtension(dialectName, `candidates[${index}].${field}`, value),
      );
      if (logprobs !== "") {
        kept.push(createExtension("openai.chat", `candidates[${index}].logprobs`, parseJson(logprobs) ?? null));
      }
      return kept;
    },
  };
}
