import { create } from "@bufbuild/protobuf";
import { CandidateFinishSchema, type StreamEvent } from "@sluice/api/sluice/chat/v1/stream_event";
import { ErrorReason } from "@sluice/api/sluice/common/v1/error_reason";
import type { SseEvent } from "@sluice/sse";
import type { JsonObject, StreamDecoder, UpstreamErrorBody } from "../dialect.ts";
import { createExtension, keepUnknown } from "../extension.ts";
import { arrayOf, isObject, objectOf, stringOf, uint32Of } from "../json.ts";
import { createStreamEvent } from "../stream-event.ts";
import { createCallStream, createWholeStream } from "./call-stream.ts";
import { findError, readErrorEvent, readFailureReason } from "./error.ts";
import { callsTool, decodeFinish, isCall } from "./finish-status.ts";
import { createMessageStream } from "./message-stream.ts";
import { createPieceSink, type ItemStream, type PieceSink } from "./piece-sink.ts";
import { createReasoningStream } from "./reasoning-stream.ts";
import { decodeCreated, keepResponseFields } from "./response-object.ts";
import { readWireEvent } from "./stream-event.ts";
import { decodeUsage } from "./usage.ts";
import { dialectName, itemType, repeatedFields, responseFields } from "./wire.ts";

/**
 * States: idle → open at the first event that has the response; open → done at `response.completed`, `response.incomplete`, `response.failed`,
 * `response.cancelled` or an error. A body that ends before is truncated.
 *
 * - Items are told apart by `output_index`. An item that is not done when the answer is ends with it; one that the final response has and no
 *   event told is told then.
 * - A later event with the response of another id is two answers spliced, which is an error.
 * - Events of types that are not known are passed over, as are those that say how far a tool of the provider's has come.
 */
type State = { readonly phase: "idle" } | { readonly phase: "open"; readonly id: string } | { readonly phase: "done" };

export function createStreamDecoder(): StreamDecoder {
  let state: State = { phase: "idle" };
  let hasCalls = false;
  const sink = createPieceSink();
  const items = new Map<number, ItemStream>();
  const done = new Set<number>();

  function push(event: SseEvent): readonly StreamEvent[] {
    if (state.phase === "done" || event.data.trim() === "[DONE]") return [];
    const read = readWireEvent(event);
    switch (read.kind) {
      case "ping":
        return [createStreamEvent({ case: "ping", value: {} })];
      case "malformed":
        return malformed(read.message);
      case "error":
        return fail(readErrorEvent(read.data), undefined);
      case "event":
        return take(read.type, read.data);
    }
  }

  function take(type: string, data: JsonObject): readonly StreamEvent[] {
    const response = objectOf(data["response"]);
    switch (type) {
      case "response.created":
      case "response.queued":
      case "response.in_progress":
        return response === undefined ? malformed(`${type} without a response`) : start(response);
      case "response.completed":
      case "response.incomplete":
      case "response.failed":
      case "response.cancelled":
        return response === undefined ? malformed(`${type} without a response`) : end(type, response);
      case "response.output_item.added":
      case "response.output_item.done":
        return takeItem(type, data);
      default:
        return grow(type, data);
    }
  }

  function start(response: JsonObject): readonly StreamEvent[] {
    const id = stringOf(response["id"]) ?? "";
    if (state.phase === "open") {
      return state.id === id || id === "" ? [] : malformed("the response of another id within a response");
    }
    state = { phase: "open", id };
    const tier = stringOf(response["service_tier"]) ?? "";
    return [
      createStreamEvent({
        case: "responseStart",
        value: {
          id: id.slice(0, 1024),
          model: (stringOf(response["model"]) ?? "").slice(0, 256),
          createTime: decodeCreated(response["created_at"]),
          // Until the answer ends it is what was asked for: `auto` says nothing.
          serviceTier: tier === "auto" ? "" : tier.slice(0, 64),
          extensions: keepUnknown(response, knownFields, dialectName),
        },
      }),
    ];
  }

  function takeItem(type: string, data: JsonObject): readonly StreamEvent[] {
    const { item } = data;
    const index = uint32Of(data["output_index"]);
    if (state.phase !== "open") return malformed(`${type} before response.created`);
    if (!isObject(item) || index === undefined || itemType(item) === undefined) {
      return malformed(`${type} without an item and its place`);
    }
    if (done.has(index)) return malformed(`${type} for item ${index}, which is done`);
    const known = items.get(index);
    if (type === "response.output_item.added") {
      if (known !== undefined) return malformed(`${type} for item ${index}, which is there`);
      items.set(index, open(item));
      return sink.take();
    }
    return endItem(index, known ?? open(item), item);
  }

  function open(item: JsonObject): ItemStream {
    hasCalls ||= isCall(item);
    return createItemStream(item, sink);
  }

  function endItem(index: number, stream: ItemStream, item: JsonObject | undefined): readonly StreamEvent[] {
    items.delete(index);
    done.add(index);
    const fault = stream.end(item);
    if (fault === undefined) return sink.take();
    stream.close();
    return malformed(`item ${index}: ${fault}`);
  }

  function grow(type: string, data: JsonObject): readonly StreamEvent[] {
    const index = uint32Of(data["output_index"]);
    if (index === undefined) return [];
    const stream = items.get(index);
    if (stream === undefined) {
      return growing.test(type) ? malformed(`${type} for item ${index}, which is not open`) : [];
    }
    const fault = stream.push(type, data);
    return fault === undefined ? sink.take() : malformed(`item ${index}: ${fault}`);
  }

  function end(type: string, response: JsonObject): readonly StreamEvent[] {
    const events = [...start(response)];
    if (state.phase !== "open") return events;
    const error =
      type === "response.failed" || type === "response.cancelled" ? failureOf(type, response) : findError(response);
    if (error !== undefined) return [...events, ...fail(error, response)];
    const output = arrayOf(response["output"]);
    const last = Math.max(output.length, ...[...items.keys()].map((index) => index + 1));
    for (let index = 0; index < last; index += 1) {
      const item = output[index];
      const stream = items.get(index);
      if (done.has(index) || (stream === undefined && !isObject(item))) continue;
      const whole = isObject(item) ? item : undefined;
      events.push(...endItem(index, stream ?? open(whole ?? {}), whole));
      if (isDone()) return events;
    }
    state = { phase: "done" };
    const { usage } = response;
    const finish = decodeFinish(
      { ...response, status: response["status"] ?? type.slice("response.".length) },
      hasCalls || callsTool(response),
    );
    events.push(
      createStreamEvent({
        case: "finish",
        value: {
          candidates: [create(CandidateFinishSchema, { candidate: 0, finish })],
          usage: decodeUsage(usage, response["tool_usage"]),
          usageJson: isObject(usage) ? JSON.stringify(usage) : "",
          extensions: [...keepResponseFields(response), ...keepTier(response), ...sink.lateExtensions()],
        },
      }),
    );
    return events;
  }

  function malformed(message: string): readonly StreamEvent[] {
    return stop(ErrorReason.UPSTREAM_MALFORMED, message, "", undefined);
  }

  function fail(error: UpstreamErrorBody, response: JsonObject | undefined): readonly StreamEvent[] {
    return stop(readFailureReason(error), error.message, error.code || error.type, response);
  }

  function stop(
    reason: ErrorReason,
    message: string,
    providerCode: string,
    response: JsonObject | undefined,
  ): readonly StreamEvent[] {
    for (const stream of items.values()) stream.close();
    items.clear();
    state = { phase: "done" };
    const usage = decodeUsage(response?.["usage"], response?.["tool_usage"]);
    const value = { reason, message: message.slice(0, 4096), providerCode: providerCode.slice(0, 256), usage };
    return [...sink.take(), createStreamEvent({ case: "error", value })];
  }

  function isDone(): boolean {
    return state.phase === "done";
  }

  return {
    push,
    end() {
      if (isDone()) return [];
      const seen = state.phase === "idle" ? "before anything was said" : "before the response was completed";
      return stop(ErrorReason.UPSTREAM_TRUNCATED, `the stream ended ${seen}`, "", undefined);
    },
  };
}

/** Events that say something of the answer, and so must not be lost. */
const growing =
  /^response\.(?:output_text|refusal|reasoning_text|reasoning_summary_text|function_call_arguments|custom_tool_call_input)\.delta$/;

const knownFields: ReadonlySet<string> = new Set([...responseFields, ...repeatedFields]);

function createItemStream(item: JsonObject, sink: PieceSink): ItemStream {
  switch (itemType(item)) {
    case "message":
      return createMessageStream(item, sink);
    case "reasoning":
      return createReasoningStream(item, sink);
    case "function_call":
    case "custom_tool_call":
      return createCallStream(item, sink);
    default:
      return createWholeStream(item, sink);
  }
}

function failureOf(type: string, response: JsonObject): UpstreamErrorBody {
  const status = type.slice("response.".length);
  return findError({ ...response, status }) ?? { message: status, type: "", code: status, parameter: "" };
}

/** The class of service that was given is known at the end. */
export const tierNote = "#service_tier";

function keepTier(response: JsonObject) {
  const tier = stringOf(response["service_tier"]);
  return tier === undefined ? [] : [createExtension(dialectName, tierNote, tier)];
}
