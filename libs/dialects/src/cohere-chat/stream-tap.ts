import type { Finish } from "@sluice/api/sluice/chat/v1/chat_response";
import type { SseEvent } from "@sluice/sse";
import type { JsonObject, StreamTap, TapEnd, Tapped, TappedFacts, UpstreamErrorBody } from "../dialect.ts";
import { isArray, objectOf, stringOf } from "../json.ts";
import { PieceTemplate } from "../piece-template.ts";
import { countArguments, countPiece, createEndError } from "./decode-response.ts";
import { decodeFinish, isErrorFinish } from "./finish-reason.ts";
import { readDelta, readWireEvent } from "./stream-event.ts";
import { decodeUsage } from "./usage.ts";

/** States: idle → open at `message-start`; open → finished at `message-end`; any → error or malformed. Usage is always told to the client. */
export function createStreamTap(): StreamTap {
  return new CohereStreamTap();
}

type State =
  | { readonly phase: "idle" }
  | { readonly phase: "open" }
  | { readonly phase: "finished" }
  | { readonly phase: "error"; readonly error: UpstreamErrorBody }
  | { readonly phase: "malformed"; readonly message: string };

const quiet: Tapped = { forward: true, outputCharacters: 0, usage: undefined };

class CohereStreamTap implements StreamTap {
  private state: State = { phase: "idle" };
  private usage: JsonObject | undefined;
  private finish: Finish | undefined;
  private responseId = "";
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

  end(): TapEnd {
    const facts: TappedFacts = {
      usage: decodeUsage(this.usage),
      finish: this.finish,
      responseId: this.responseId,
      responseModel: "",
    };
    switch (this.state.phase) {
      case "error":
        return { kind: "error", error: this.state.error, facts };
      case "malformed":
        return { kind: "malformed", message: this.state.message, facts };
      case "finished":
        return { kind: "finished", facts };
      default:
        return { kind: "truncated", facts };
    }
  }

  private read(event: SseEvent): Tapped {
    if (this.ended) return quiet;
    const read = readWireEvent(event);
    switch (read.kind) {
      case "malformed":
        this.state = { phase: "malformed", message: read.message };
        return quiet;
      case "error":
        this.state = { phase: "error", error: read.error };
        return quiet;
      case "event":
        return this.take(read.type, read.data);
      default:
        return quiet;
    }
  }

  private take(type: string, data: JsonObject): Tapped {
    if (type === "message-start") return this.start(stringOf(data["id"]) ?? "");
    const outputCharacters = countDelta(type, data);
    if (this.state.phase === "idle" && (outputCharacters > 0 || type === "message-end")) {
      this.state = { phase: "malformed", message: `${type} before message-start` };
      return quiet;
    }
    if (type === "message-end") return this.finishWith(objectOf(data["delta"]) ?? {});
    return outputCharacters === 0 ? quiet : { forward: true, outputCharacters, usage: undefined };
  }

  private start(id: string): Tapped {
    if (this.state.phase === "open" && this.responseId !== id) {
      this.state = { phase: "malformed", message: "a second message-start, of another message, within a message" };
      return quiet;
    }
    this.state = { phase: "open" };
    this.responseId = id;
    return quiet;
  }

  private finishWith(delta: JsonObject): Tapped {
    this.usage = objectOf(delta["usage"]);
    const raw = stringOf(delta["finish_reason"]);
    const message = stringOf(delta["error"]);
    if (isErrorFinish(raw) || message !== undefined) {
      this.state = { phase: "error", error: createEndError(raw ?? "ERROR", message) };
    } else {
      this.finish = decodeFinish(raw);
      this.state = { phase: "finished" };
    }
    return { forward: true, outputCharacters: 0, usage: decodeUsage(this.usage) };
  }
}

/** Characters of text, reasoning and arguments that an event adds. */
function countDelta(type: string, data: JsonObject): number {
  switch (type) {
    case "content-start":
    case "content-delta":
      return countPiece(objectOf(readDelta(data, "content")) ?? {});
    case "tool-plan-delta":
      return (stringOf(readDelta(data, "tool_plan")) ?? "").length;
    case "tool-call-start":
    case "tool-call-delta": {
      const calls = readDelta(data, "tool_calls");
      return countArguments(objectOf(isArray(calls) ? calls[0] : calls) ?? {});
    }
    default:
      return 0;
  }
}

const textKeys = /"(?:text|thinking|tool_plan|arguments)"\s*:\s*"/g;
const plainTypes: ReadonlySet<string> = new Set(["content-delta", "tool-plan-delta", "tool-call-delta"]);

/** The characters of a delta, which changes nothing else. Undefined of any other event. */
function countPlain(event: SseEvent): number | undefined {
  const read = readWireEvent(event);
  return read.kind === "event" && plainTypes.has(read.type) ? countDelta(read.type, read.data) : undefined;
}
