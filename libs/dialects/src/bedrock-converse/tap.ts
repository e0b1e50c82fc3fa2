import type { Finish } from "@sluice/api/sluice/chat/v1/chat_response";
import type { SseEvent } from "@sluice/sse";
import type { JsonObject, StreamTap, TapEnd, Tapped, TappedFacts, UpstreamErrorBody } from "../dialect.ts";
import { isObject, objectOf, parseJson, stringOf } from "../json.ts";
import { readErrorBody } from "./error.ts";
import { decodeStopReason } from "./stop-reason.ts";
import { decodeUsage } from "./usage.ts";

/**
 * States: idle → open at `messageStart`; open → stopped at `messageStop`; stopped → finished at `metadata`; any → error at an exception, → malformed
 * at what is no event of the dialect. Bedrock always tells usage, so no event is kept from the client.
 */
export function createStreamTap(): StreamTap {
  return new BedrockStreamTap();
}

type State =
  | { readonly phase: "idle" | "open" | "stopped" | "finished" }
  | { readonly phase: "error"; readonly error: UpstreamErrorBody }
  | { readonly phase: "malformed"; readonly message: string };

const quiet: Tapped = { forward: true, outputCharacters: 0, usage: undefined };

class BedrockStreamTap implements StreamTap {
  private state: State = { phase: "idle" };
  private usage: JsonObject | undefined;
  private finish: Finish | undefined;

  get ended(): boolean {
    const { phase } = this.state;
    return phase === "finished" || phase === "error" || phase === "malformed";
  }

  push(event: SseEvent): Tapped {
    if (this.ended) return quiet;
    const type = event.event ?? "";
    const data = parseJson(event.data);
    if (type === "" || !isObject(data)) return this.fail("an event without a type or a JSON object");
    switch (type) {
      case "messageStart":
        if (this.state.phase === "idle") this.state = { phase: "open" };
        return quiet;
      case "contentBlockDelta":
        return this.state.phase === "open" ? countDelta(data) : this.fail(`${type} outside a message`);
      case "contentBlockStart":
      case "contentBlockStop":
        return this.state.phase === "open" ? quiet : this.fail(`${type} outside a message`);
      case "messageStop":
        if (this.state.phase !== "open") return this.fail(`${type} outside a message`);
        this.state = { phase: "stopped" };
        this.finish = decodeStopReason(data["stopReason"], data["additionalModelResponseFields"]);
        return quiet;
      case "metadata":
        if (this.state.phase !== "stopped") return this.fail("metadata before messageStop");
        this.state = { phase: "finished" };
        this.usage = objectOf(data["usage"]);
        return { forward: true, outputCharacters: 0, usage: decodeUsage(this.usage) };
      default:
        if (type === "error" || type.endsWith("Exception")) {
          this.state = { phase: "error", error: readErrorBody(data, type === "error" ? "" : type) };
        }
        return quiet;
    }
  }

  /** Frames have checksums and padding of their own: each is read. */
  skim(): number {
    return -1;
  }

  end(): TapEnd {
    const facts: TappedFacts = {
      usage: decodeUsage(this.usage),
      finish: this.finish,
      responseId: "",
      responseModel: "",
    };
    switch (this.state.phase) {
      case "error":
        return { kind: "error", error: this.state.error, facts };
      case "malformed":
        return { kind: "malformed", message: this.state.message, facts };
      case "stopped":
      case "finished":
        return { kind: "finished", facts };
      default:
        return { kind: "truncated", facts };
    }
  }

  private fail(message: string): Tapped {
    this.state = { phase: "malformed", message };
    return quiet;
  }
}

function countDelta(data: JsonObject): Tapped {
  const delta = objectOf(data["delta"]);
  const said =
    stringOf(delta?.["text"]) ??
    stringOf(objectOf(delta?.["reasoningContent"])?.["text"]) ??
    stringOf(objectOf(delta?.["toolUse"])?.["input"]);
  return said === undefined ? quiet : { forward: true, outputCharacters: said.length, usage: undefined };
}
