import type { Finish } from "@sluice/api/sluice/chat/v1/chat_response";
import type { SseEvent } from "@sluice/sse";
import type { JsonObject, StreamTap, TapEnd, Tapped, TappedFacts, UpstreamErrorBody } from "../dialect.ts";
import { isObject, objectOf, stringOf } from "../json.ts";
import { PieceTemplate } from "../piece-template.ts";
import { readErrorBody } from "./decode-error.ts";
import { countCharacters } from "./decode-response.ts";
import { decodeStopReason } from "./stop-reason.ts";
import { readWireEvent } from "./stream-event.ts";
import { decodeUsage, mergeUsage, readStartUsage } from "./usage.ts";

/**
 * States: idle → open at `message_start`; open → finished at `message_stop`; any → error at an error event, → malformed at what is no
 * event of the dialect. Anthropic always tells usage, so no event is kept from the client.
 */
export function createStreamTap(): StreamTap {
  return new AnthropicStreamTap();
}

type State =
  | { readonly phase: "idle" }
  | { readonly phase: "open" }
  | { readonly phase: "finished" }
  | { readonly phase: "error"; readonly error: UpstreamErrorBody }
  | { readonly phase: "malformed"; readonly message: string };

const quiet: Tapped = { forward: true, outputCharacters: 0, usage: undefined };

class AnthropicStreamTap implements StreamTap {
  private state: State = { phase: "idle" };
  private usage: JsonObject | undefined;
  private finish: Finish | undefined;
  private responseId = "";
  private responseModel = "";
  private readonly template = new PieceTemplate(textKeys, countPlain);

  get ended(): boolean {
    const { phase } = this.state;
    return phase !== "idle" && phase !== "open";
  }

  push(event: SseEvent, bytes?: Buffer): Tapped {
    const tapped = this.read(event);
    if (bytes !== undefined && tapped.outputCharacters > 0 && tapped.usage === undefined) this.template.learn(bytes);
    return tapped;
  }

  skim(bytes: Buffer): number {
    return this.state.phase === "open" ? this.template.match(bytes) : -1;
  }

  private read(event: SseEvent): Tapped {
    if (this.ended || event.event === "ping") return quiet;
    const read = readWireEvent(event);
    if (read.kind === "malformed") return this.fail(read.message);
    const { type, data } = read;
    switch (type) {
      case "content_block_delta":
        return this.state.phase === "idle" ? this.fail(`${type} before message_start`) : countDelta(data);
      case "content_block_start": {
        if (this.state.phase === "idle") return this.fail(`${type} before message_start`);
        const outputCharacters = countCharacters(objectOf(data["content_block"]));
        return outputCharacters === 0 ? quiet : { forward: true, outputCharacters, usage: undefined };
      }
      case "message_start":
        return this.start(objectOf(data["message"]));
      case "message_delta":
        return this.state.phase === "idle" ? this.fail(`${type} before message_start`) : this.delta(data);
      case "message_stop":
        if (this.state.phase === "idle") return this.fail(`${type} before message_start`);
        this.state = { phase: "finished" };
        return quiet;
      case "error":
        this.state = { phase: "error", error: readErrorBody(data) };
        return quiet;
      default:
        return quiet;
    }
  }

  end(): TapEnd {
    const facts: TappedFacts = {
      usage: decodeUsage(this.usage),
      finish: this.finish,
      responseId: this.responseId,
      responseModel: this.responseModel,
    };
    switch (this.state.phase) {
      case "error":
        return { kind: "error", error: this.state.error, facts };
      case "malformed":
        return { kind: "malformed", message: this.state.message, facts };
      case "finished":
        return { kind: "finished", facts };
      default:
        return { kind: this.finish === undefined ? "truncated" : "finished", facts };
    }
  }

  private start(message: JsonObject | undefined): Tapped {
    if (message === undefined) return this.fail("message_start without a message");
    const id = stringOf(message["id"]) ?? "";
    if (this.state.phase === "open") {
      return this.responseId === id ? quiet : this.fail("a second message_start, of another message, within a message");
    }
    this.state = { phase: "open" };
    this.responseId = id;
    this.responseModel = stringOf(message["model"]) ?? "";
    if (typeof message["stop_reason"] === "string") {
      this.finish = decodeStopReason(message["stop_reason"], message["stop_sequence"]);
    }
    this.usage = readStartUsage(message["usage"]);
    return { forward: true, outputCharacters: 0, usage: decodeUsage(this.usage) };
  }

  private delta(data: JsonObject): Tapped {
    const delta = data["delta"];
    if (!isObject(delta)) return this.fail("message_delta without a delta");
    if (typeof delta["stop_reason"] === "string") {
      this.finish = decodeStopReason(delta["stop_reason"], delta["stop_sequence"]);
    }
    if (!isObject(data["usage"])) return quiet;
    this.usage = mergeUsage(this.usage, data["usage"]);
    return { forward: true, outputCharacters: 0, usage: decodeUsage(this.usage) };
  }

  private fail(message: string): Tapped {
    this.state = { phase: "malformed", message };
    return quiet;
  }
}

function countDelta(data: JsonObject): Tapped {
  const delta = objectOf(data["delta"]);
  const said = delta?.["text"] ?? delta?.["thinking"] ?? delta?.["partial_json"];
  return typeof said === "string" ? { forward: true, outputCharacters: said.length, usage: undefined } : quiet;
}

const textKeys = /"(?:text|thinking|partial_json)"\s*:\s*"/g;

/** The characters of a `content_block_delta`, which changes nothing else. Undefined of any other event. */
function countPlain(event: SseEvent): number | undefined {
  if (event.event === "ping") return undefined;
  const read = readWireEvent(event);
  if (read.kind === "malformed" || read.type !== "content_block_delta") return undefined;
  return countDelta(read.data).outputCharacters;
}
