import { create } from "@bufbuild/protobuf";
import { CandidateFinishSchema, type StreamEvent } from "@sluice/api/sluice/chat/v1/stream_event";
import { ErrorReason } from "@sluice/api/sluice/common/v1/error_reason";
import type { SseEvent } from "@sluice/sse";
import type { JsonObject, JsonValue, StreamDecoder, UpstreamErrorBody } from "../dialect.ts";
import { createExtension, keepUnknown } from "../extension.ts";
import { isArray, isObject, parseJson, stringOf, uint32Of } from "../json.ts";
import { createStreamEvent } from "../stream-event.ts";
import { readUpstreamReason } from "../upstream-error-reason.ts";
import { type CandidateStream, createCandidateStream } from "./candidate-stream.ts";
import { decodeCreated, findError, readUsage } from "./decode-response.ts";
import { readError } from "./error.ts";
import { decodeUsage } from "./usage.ts";
import { chunkFields, dialectName } from "./wire.ts";

/**
 * States: idle until a chunk says something of the answer; open from then on; done after `finish` or `error`.
 *
 * The answer ends with `[DONE]`, or with the body where every candidate has its `finish_reason`: some compatible providers leave `[DONE]`
 * out, or send `finish_reason` or usage late. A body that ends before is truncated.
 */
type State = { readonly phase: "idle" } | { readonly phase: "open" } | { readonly phase: "done" };

const maxCandidates = 128;
const pings: ReadonlySet<string | undefined> = new Set(["ping", "keepalive", "keep-alive", "heartbeat"]);

export function createStreamDecoder(): StreamDecoder {
  let state: State = { phase: "idle" };
  let responseId = "";
  let usage: JsonObject | undefined;
  const candidates = new Map<number, CandidateStream>();
  const started = new Map<string, string>();
  const rest = new Map<string, JsonValue>();

  function push(event: SseEvent): readonly StreamEvent[] {
    if (state.phase === "done") return [];
    const data = event.data.trim();
    if (data === "[DONE]") return finish("done");
    if (pings.has(event.event) || data === "") return [createStreamEvent({ case: "ping", value: {} })];
    const chunk = parseJson(data);
    const error = isObject(chunk) ? (findError(chunk) ?? bareError(chunk, event.event)) : undefined;
    if (error !== undefined) return fail(error);
    if (!isObject(chunk)) return malformed(`expected a chunk in JSON, got ${data.length} characters that are not`);
    return decodeChunk(chunk);
  }

  function decodeChunk(chunk: JsonObject): readonly StreamEvent[] {
    const reported = readUsage(chunk);
    if (reported !== undefined) usage = reported;
    const choices = chunk["choices"] ?? (isChunk(chunk) || reported !== undefined ? [] : undefined);
    if (!isArray(choices)) return malformed("expected a chunk with an array choices");
    const events: StreamEvent[] = [];
    if (state.phase === "idle" && (choices.length > 0 || (stringOf(chunk["id"]) ?? "") !== "")) start(chunk, events);
    else keepRest(chunk);
    for (const [position, choice] of choices.entries()) {
      if (!isObject(choice)) return [...events, ...malformed(`expected choices[${position}] to be an object`)];
      const index = uint32Of(choice["index"]) ?? position;
      if (index >= maxCandidates) return [...events, ...malformed(`choice ${index} of at most ${maxCandidates}`)];
      let candidate = candidates.get(index);
      if (candidate === undefined) {
        candidate = createCandidateStream(index, responseId);
        candidates.set(index, candidate);
      }
      const fault = candidate.push(choice, events);
      if (fault !== undefined) return [...events, ...malformed(`choice ${index}: ${fault}`)];
    }
    return events;
  }

  function start(chunk: JsonObject, events: StreamEvent[]): void {
    state = { phase: "open" };
    responseId = stringOf(chunk["id"]) ?? "";
    const extensions = keepUnknown(chunk, chunkFields, dialectName);
    for (const [field, value] of rest) {
      if (!extensions.some((extension) => extension.field === field)) {
        extensions.push(createExtension(dialectName, field, value));
      }
    }
    rest.clear();
    for (const extension of extensions) started.set(extension.field, extension.json);
    events.push(
      createStreamEvent({
        case: "responseStart",
        value: {
          id: responseId.slice(0, 1024),
          model: (stringOf(chunk["model"]) ?? "").slice(0, 256),
          createTime: decodeCreated(chunk["created"]),
          systemFingerprint: (stringOf(chunk["system_fingerprint"]) ?? "").slice(0, 1024),
          serviceTier: (stringOf(chunk["service_tier"]) ?? "").slice(0, 64),
          extensions,
        },
      }),
    );
  }

  /** Fields that come later or change are told at the end, as they stood last. */
  function keepRest(chunk: JsonObject): void {
    for (const key in chunk) {
      const value = chunk[key];
      if (value !== undefined && value !== null && !chunkFields.has(key)) rest.set(key, value);
    }
  }

  function finish(by: "done" | "body"): readonly StreamEvent[] {
    const ended = [...candidates.values()].sort((first, second) => first.index - second.index);
    const finished = ended.length > 0 && ended.every((candidate) => candidate.hasFinishReason);
    if (ended.length === 0 || (by === "body" && !finished)) return truncated();
    const events: StreamEvent[] = [];
    for (const candidate of ended) {
      const fault = candidate.end(events);
      if (fault !== undefined) return [...events, ...malformed(`choice ${candidate.index}: ${fault}`)];
    }
    const extensions = ended.flatMap((candidate) => candidate.extensions());
    for (const [field, value] of rest) {
      const extension = createExtension(dialectName, field, value);
      if (started.get(field) !== extension.json) extensions.push(extension);
    }
    state = { phase: "done" };
    events.push(
      createStreamEvent({
        case: "finish",
        value: {
          candidates: ended.map((candidate) =>
            create(CandidateFinishSchema, { candidate: candidate.index, finish: candidate.finish() }),
          ),
          usage: decodeUsage(usage),
          usageJson: usage === undefined ? "" : JSON.stringify(usage),
          extensions,
        },
      }),
    );
    return events;
  }

  function truncated(): readonly StreamEvent[] {
    const seen = candidates.size === 0 ? "before anything was said" : "without a finish_reason";
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
    const value = {
      reason,
      message: message.slice(0, 4096),
      providerCode: providerCode.slice(0, 256),
      usage: decodeUsage(usage),
    };
    events.push(createStreamEvent({ case: "error", value }));
    return events;
  }

  return { push, end: () => (state.phase === "done" ? [] : finish("body")) };
}

/** An error without the member `error`: told by the event's name, or by there being no choices. */
export function bareError(chunk: JsonObject, eventName: string | undefined): UpstreamErrorBody | undefined {
  if (eventName !== "error" && (chunk["choices"] !== undefined || isChunk(chunk))) return undefined;
  return readError(chunk);
}

export function isChunk(chunk: JsonObject): boolean {
  const object = chunk["object"];
  return typeof object === "string" && object.startsWith("chat.completion");
}
