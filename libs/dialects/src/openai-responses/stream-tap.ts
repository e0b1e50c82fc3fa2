import type { Finish } from "@sluice/api/sluice/chat/v1/chat_response";
import type { TokenUsage } from "@sluice/api/sluice/common/v1/token_usage";
import type { SseEvent } from "@sluice/sse";
import type { JsonObject, StreamTap, TapEnd, Tapped, UpstreamErrorBody } from "../dialect.ts";
import { isObject, objectOf, stringOf, uint32Of } from "../json.ts";
import { PieceTemplate } from "../piece-template.ts";
import { countCharacters } from "./decode-response.ts";
import { findError, readErrorEvent } from "./error.ts";
import { callsTool, decodeFinish, isCall } from "./finish-status.ts";
import { readWireEvent } from "./stream-event.ts";
import { decodeUsage } from "./usage.ts";

/** States: open until the response is completed, incomplete, failed or cancelled, an error, or something that is no event. */
type State =
  | { readonly phase: "idle" | "open" | "finished" }
  | { readonly phase: "error"; readonly error: UpstreamErrorBody }
  | { readonly phase: "malformed"; readonly message: string };

const quiet: Tapped = { forward: true, outputCharacters: 0, usage: undefined };

/** Usage is always told, in the event that ends the answer, so no event is kept from the client. */
export function createStreamTap(): StreamTap {
  return new ResponsesStreamTap();
}

class ResponsesStreamTap implements StreamTap {
  private state: State = { phase: "idle" };
  private usage: TokenUsage | undefined;
  private finish: Finish | undefined;
  private responseId = "";
  private responseModel = "";
  private hasCalls = false;
  /** Items whose text has been counted piece by piece. */
  private readonly counted = new Set<number>();
  private readonly template = new PieceTemplate(textKeys, countPlain, "sequence_number");

  get ended(): boolean {
    return this.state.phase !== "idle" && this.state.phase !== "open";
  }

  push(event: SseEvent, bytes?: Buffer): Tapped {
    const tapped = this.read(event);
    if (bytes !== undefined && tapped.outputCharacters > 0 && tapped.usage === undefined) this.template.learn(bytes);
    return tapped;
  }

  skim(bytes: Buffer): number {
    return this.state.phase === "open" ? this.template.match(bytes) : -1;
  }

  end(): TapEnd {
    const { usage, finish, responseId, responseModel, state } = this;
    const facts = { usage, finish, responseId, responseModel };
    switch (state.phase) {
      case "error":
        return { kind: "error", error: state.error, facts };
      case "malformed":
        return { kind: "malformed", message: state.message, facts };
      case "finished":
        return { kind: "finished", facts };
      default:
        return { kind: "truncated", facts };
    }
  }

  private read(event: SseEvent): Tapped {
    if (this.ended || event.data.trim() === "[DONE]") return quiet;
    const read = readWireEvent(event);
    switch (read.kind) {
      case "ping":
        return quiet;
      case "malformed":
        return this.fail(read.message);
      case "error":
        this.state = { phase: "error", error: readErrorEvent(read.data) };
        return quiet;
      case "event":
        return this.take(read.type, read.data);
    }
  }

  private take(type: string, data: JsonObject): Tapped {
    switch (type) {
      case "response.created":
      case "response.queued":
      case "response.in_progress":
      case "response.completed":
      case "response.incomplete":
      case "response.failed":
      case "response.cancelled":
        return this.takeResponse(type, objectOf(data["response"]));
      case "response.output_item.added":
      case "response.output_item.done":
        return this.takeItem(type, data);
      default:
        return this.count(type, data);
    }
  }

  private takeResponse(type: string, response: JsonObject | undefined): Tapped {
    if (response === undefined) return this.fail(`${type} without a response`);
    const id = stringOf(response["id"]) ?? "";
    if (this.state.phase === "open" && id !== "" && id !== this.responseId) {
      return this.fail("the response of another id within a response");
    }
    if (this.state.phase === "idle") {
      this.state = { phase: "open" };
      this.responseId = id;
      this.responseModel = stringOf(response["model"]) ?? "";
    }
    const status = type.slice("response.".length);
    if (status === "created" || status === "queued" || status === "in_progress") return quiet;
    this.usage = decodeUsage(response["usage"], response["tool_usage"]);
    const isFailure = status === "failed" || status === "cancelled";
    const error = findError(isFailure ? { ...response, status } : response);
    if (error !== undefined) this.state = { phase: "error", error };
    else {
      this.state = { phase: "finished" };
      const ended = { ...response, status: response["status"] ?? status };
      this.finish = decodeFinish(ended, this.hasCalls || callsTool(response));
    }
    return this.usage === undefined ? quiet : { forward: true, outputCharacters: 0, usage: this.usage };
  }

  private takeItem(type: string, data: JsonObject): Tapped {
    const item = data["item"];
    if (this.state.phase !== "open") return this.fail(`${type} before response.created`);
    if (!isObject(item)) return this.fail(`${type} without an item and its place`);
    this.hasCalls ||= isCall(item);
    const index = uint32Of(data["output_index"]);
    // Some servers tell an item when it is done, and none of its pieces.
    if (index === undefined || this.counted.has(index)) return quiet;
    return this.counting(index, countCharacters(item));
  }

  private count(type: string, data: JsonObject): Tapped {
    const { delta } = data;
    const index = uint32Of(data["output_index"]);
    const isWhole = type === "response.function_call_arguments.done" || type === "response.custom_tool_call_input.done";
    if (index === undefined || (isWhole && this.counted.has(index))) return quiet;
    if (isWhole) return this.counting(index, countCharacters(data));
    return typeof delta === "string" && type.endsWith(".delta") ? this.counting(index, delta.length) : quiet;
  }

  private counting(index: number, outputCharacters: number): Tapped {
    if (outputCharacters === 0) return quiet;
    this.counted.add(index);
    return { forward: true, outputCharacters, usage: undefined };
  }

  private fail(message: string): Tapped {
    this.state = { phase: "malformed", message };
    return quiet;
  }
}

const textKeys = /"delta"\s*:\s*"/g;

/** The characters of a delta, which changes nothing else once its item is known to be counted piece by piece. Undefined of any other event. */
function countPlain(event: SseEvent): number | undefined {
  const read = readWireEvent(event);
  if (read.kind !== "event" || !read.type.endsWith(".delta") || uint32Of(read.data["output_index"]) === undefined) {
    return undefined;
  }
  const { delta } = read.data;
  return typeof delta === "string" ? delta.length : undefined;
}
