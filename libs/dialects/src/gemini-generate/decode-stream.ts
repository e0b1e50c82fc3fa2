import { create } from "@bufbuild/protobuf";
import { CandidateFinishSchema, type StreamEvent } from "@sluice/api/sluice/chat/v1/stream_event";
import { ErrorReason } from "@sluice/api/sluice/common/v1/error_reason";
import type { SseEvent } from "@sluice/sse";
import type { JsonObject, StreamDecoder, UpstreamErrorBody } from "../dialect.ts";
import { createExtension } from "../extension.ts";
import { arrayOf, isObject, objectOf, parseJson, stringOf, uint32Of } from "../json.ts";
import { createStreamEvent } from "../stream-event.ts";
import { readUpstreamReason } from "../upstream-error-reason.ts";
import { camelize, messageOf } from "./camel-case.ts";
import { type CandidateStream, createCandidateStream } from "./candidate-stream.ts";
import { findError, isAnswer, readBlockReason, readHead, readUsage } from "./decode-response.ts";
import { readError } from "./error.ts";
import { decodeBlock } from "./finish-reason.ts";
import { decodeUsage } from "./usage.ts";
import { dialectName, responseFields } from "./wire.ts";

/**
 * States: idle until a chunk comes; open from then on; done after `finish` or `error`.
 *
 * Nothing marks the end but the body's: the answer is whole where every candidate has said its `finishReason`, or where the prompt was blocked.
 * A body that ends before is truncated. Usage comes with each chunk, and counts all that came so far: the last one holds.
 */
type State = { readonly phase: "idle" } | { readonly phase: "open" } | { readonly phase: "done" };

const maxCandidates = 128;

export function createStreamDecoder(): StreamDecoder {
  let state: State = { phase: "idle" };
  let responseId = "";
  let usage: JsonObject | undefined;
  let blockReason = "";
  const candidates = new Map<number, CandidateStream>();
  const started = new Map<string, string>();
  const rest = new Map<string, string>();

  function push(event: SseEvent): readonly StreamEvent[] {
    if (state.phase === "done") return [];
    const data = event.data.trim();
    if (data === "") return [createStreamEvent({ case: "ping", value: {} })];
    const value = parseJson(data);
    const error = isObject(value) ? findError(value) : readError(value);
    if (error !== undefined) return fail(error);
    if (!isObject(value)) return malformed(`expected a chunk in JSON, got ${data.length} characters that are not`);
    const chunk = camelize(value);
    if (!isAnswer(chunk)) return malformed("expected a chunk with an array candidates");
    return decodeChunk(chunk);
  }

  function decodeChunk(chunk: JsonObject): readonly StreamEvent[] {
    const reported = objectOf(chunk["usageMetadata"]);
    // Vertex's first chunks have a mere type of traffic.
    if (reported !== undefined && (usage === undefined || decodeUsage(reported) !== undefined)) usage = reported;
    const reason = readBlockReason(chunk);
    if (reason !== "") blockReason = reason;
    const events: StreamEvent[] = [];
    if (state.phase === "idle") start(chunk, events);
    else keepRest(chunk);
    for (const [position, entry] of arrayOf(chunk["candidates"]).entries()) {
      const candidate = messageOf(entry);
      if (candidate === undefined) return [...events, ...malformed(`expected candidates[${position}] to be an object`)];
      const index = uint32Of(candidate["index"]) ?? position;
      if (index >= maxCandidates) return [...events, ...malformed(`candidate ${index} of at most ${maxCandidates}`)];
      let stream = candidates.get(index);
      if (stream === undefined) {
        stream = createCandidateStream(index, responseId);
        candidates.set(index, stream);
      }
      const fault = stream.push(candidate, events);
      if (fault !== undefined) return [...events, ...malformed(`candidate ${index}: ${fault}`)];
    }
    return events;
  }

  function start(chunk: JsonObject, events: StreamEvent[]): void {
    state = { phase: "open" };
    responseId = stringOf(chunk["responseId"]) ?? "";
    const head = readHead(chunk);
    for (const { field, json } of head.extensions) started.set(field, json);
    const counted = decodeUsage(usage);
    const value = { ...head, ...(counted === undefined ? {} : { usage: counted }) };
    events.push(createStreamEvent({ case: "responseStart", value }));
  }

  /** Fields that come later or change are told at the end, as they stood last. */
  function keepRest(chunk: JsonObject): void {
    for (const key in chunk) {
      const value = chunk[key];
      if (value !== undefined && value !== null && !responseFields.has(key)) rest.set(key, JSON.stringify(value));
    }
  }

  function end(): readonly StreamEvent[] {
    if (state.phase === "done") return [];
    const ended = [...candidates.values()].sort((first, second) => first.index - second.index);
    const blocked = ended.length === 0 && blockReason !== "";
    if (!blocked && (ended.length === 0 || !ended.every((candidate) => candidate.hasFinishReason))) return truncated();
    const events: StreamEvent[] = [];
    for (const candidate of ended) candidate.end(events);
    const extensions = ended.flatMap((candidate) => candidate.extensions());
    for (const [field, json] of rest) {
      if (started.get(field) !== json) extensions.push(createExtension(dialectName, field, parseJson(json) ?? null));
    }
    state = { phase: "done" };
    const finishes = blocked
      ? [create(CandidateFinishSchema, { candidate: 0, finish: decodeBlock(blockReason) })]
      : ended.map((candidate) =>
          create(CandidateFinishSchema, { candidate: candidate.index, finish: candidate.finish() }),
        );
    events.push(
      createStreamEvent({ case: "finish", value: { candidates: finishes, ...readUsage(usage), extensions } }),
    );
    return events;
  }

  function truncated(): readonly StreamEvent[] {
    const seen = candidates.size === 0 ? "before anything was said" : "without a finishReason";
    return stop(ErrorReason.UPSTREAM_TRUNCATED, `the stream ended ${seen}`, "");
  }

  function malformed(message: string): readonly StreamEvent[] {
    return stop(ErrorReason.UPSTREAM_MALFORMED, message, "");
  }

  function fail(error: UpstreamErrorBody): readonly StreamEvent[] {
    return stop(readUpstreamReason(error), error.message, error.code || error.type);
  }

  function stop(reason: ErrorReason, message: string, providerCode: string): readonly StreamEvent[] {
    const events: StreamEvent[] = [];
    for (const candidate of candidates.values()) candidate.close(events);
    state = { phase: "done" };
    const counted = decodeUsage(usage);
    const value = {
      reason,
      message: message.slice(0, 4096),
      providerCode: providerCode.slice(0, 256),
      ...(counted === undefined ? {} : { usage: counted }),
    };
    events.push(createStreamEvent({ case: "error", value }));
    return events;
  }

  return { push, end };
}
