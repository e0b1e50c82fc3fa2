import { create } from "@bufbuild/protobuf";
import { CandidateFinishSchema, type StreamEvent } from "@sluice/api/sluice/chat/v1/stream_event";
import { ErrorReason } from "@sluice/api/sluice/common/v1/error_reason";
import type { SseEvent } from "@sluice/sse";
import type { JsonObject, JsonValue, StreamDecoder, UpstreamErrorBody } from "../dialect.ts";
import { createExtension, keepUnknown } from "../extension.ts";
import { isArray, isObject, objectOf, stringOf, uint32Of } from "../json.ts";
import { createStreamEvent } from "../stream-event.ts";
import { readUpstreamReason } from "../upstream-error-reason.ts";
import { citesText, decodeCitation } from "./citation.ts";
import { createEndError } from "./decode-response.ts";
import { decodeFinish, isErrorFinish } from "./finish-reason.ts";
import { decodeLogprobs } from "./logprobs.ts";
import { readDelta, readWireEvent } from "./stream-event.ts";
import { decodeUsage } from "./usage.ts";
import { dialectName, messageFields, toolPlanNote } from "./wire.ts";

/**
 * States: idle → open at `message-start`; open → done at `message-end` or an error.
 *
 * - A second `message-start` with the same id is a repetition and passed over; with another id, two answers are spliced, which is an error.
 * - A text that has ended waits for what follows it, since its citations may come after its `content-end`. A citation of a text that is past,
 *   of a plan or of thinking is told at the end.
 * - A delta or an end for what is not open is an error. Events of types that Cohere does not document are passed over.
 */
export function createStreamDecoder(): StreamDecoder {
  return new CohereStreamDecoder();
}

type State = { readonly phase: "idle" } | { readonly phase: "open"; readonly id: string } | { readonly phase: "done" };

type Block = { readonly kind: "text" | "thinking"; readonly part: number; ended: boolean };
type Call = { readonly part: number; hasArguments: boolean };

/** The most citations that wait for the end. */
const maxKept = 4_096;

class CohereStreamDecoder implements StreamDecoder {
  private state: State = { phase: "idle" };
  private readonly blocks = new Map<number, Block>();
  private readonly calls = new Map<number, Call>();
  /** The piece that tells the plan, while it is told. */
  private plan: number | undefined;
  private nextPart = 0;
  private readonly keptCitations: JsonValue[] = [];
  private usage: JsonObject | undefined;
  private out: StreamEvent[] = [];

  push(event: SseEvent): readonly StreamEvent[] {
    if (this.state.phase === "done") return [];
    const read = readWireEvent(event);
    switch (read.kind) {
      case "done":
        return this.end();
      case "ping":
        this.emit({ case: "ping", value: {} });
        break;
      case "error":
        this.failWithError(read.error);
        break;
      case "malformed":
        this.fail(read.message);
        break;
      case "event":
        this.take(read.type, read.data);
    }
    return this.flush();
  }

  end(): readonly StreamEvent[] {
    if (this.state.phase !== "done") {
      this.stop(ErrorReason.UPSTREAM_TRUNCATED, "the answer ended before its message-end", "");
    }
    return this.flush();
  }

  private take(type: string, data: JsonObject): void {
    if (type === "message-start") {
      this.start(data);
      return;
    }
    if (!knownTypes.has(type)) return;
    if (this.state.phase !== "open") {
      this.fail(`${type} before message-start`);
      return;
    }
    if (type !== "tool-plan-delta" && !type.startsWith("citation-")) this.endPlan();
    const problem = this.takeInside(type, data);
    if (problem !== undefined) this.fail(`${type}: ${problem}`);
  }

  /** What is wrong with the event; undefined: nothing. */
  private takeInside(type: string, data: JsonObject): string | undefined {
    const index = uint32Of(data["index"]);
    switch (type) {
      case "content-start":
        return this.startBlock(index, readDelta(data, "content"));
      case "content-delta":
        return this.growBlock(index, readDelta(data, "content"), data["logprobs"]);
      case "content-end": {
        const block = index === undefined ? undefined : this.blocks.get(index);
        if (block === undefined || block.ended) return "a block that is not open";
        block.ended = true;
        return undefined;
      }
      case "tool-plan-delta":
        return this.growPlan(readDelta(data, "tool_plan"));
      case "tool-call-start":
        return this.startCall(index, readDelta(data, "tool_calls"));
      case "tool-call-delta":
        return this.growCall(index, readDelta(data, "tool_calls"));
      case "tool-call-end":
        return this.endCall(index);
      case "citation-start":
        return this.cite(readDelta(data, "citations"));
      case "message-end":
        this.finish(objectOf(data["delta"]) ?? {});
        return undefined;
      default:
        return undefined;
    }
  }

  private start(data: JsonObject): void {
    const id = stringOf(data["id"]) ?? "";
    if (this.state.phase === "open") {
      if (this.state.id !== id) this.fail("a second message-start, of another message, within a message");
      return;
    }
    this.state = { phase: "open", id };
    const message = objectOf(objectOf(data["delta"])?.["message"]) ?? {};
    const extensions = keepUnknown(message, messageFields, dialectName);
    this.emit({ case: "responseStart", value: { id: id.slice(0, 1024), extensions } });
  }

  private startBlock(index: number | undefined, content: JsonValue | undefined): string | undefined {
    if (index === undefined || !isObject(content)) return "expected an index and a block";
    if (this.blocks.get(index)?.ended === false) return `block ${index} is open`;
    this.endEnded();
    const type = content["type"] ?? (content["thinking"] === undefined ? "text" : "thinking");
    if (type !== "text" && type !== "thinking") return `a block of type ${JSON.stringify(type).slice(0, 64)}`;
    const part = this.nextPart++;
    this.blocks.set(index, { kind: type, part, ended: false });
    this.emit(type === "text" ? { case: "textStart", value: {} } : { case: "reasoningStart", value: {} }, part);
    return this.growBlock(index, content, undefined);
  }

  private growBlock(
    index: number | undefined,
    content: JsonValue | undefined,
    logprobs: JsonValue | undefined,
  ): string | undefined {
    const block = index === undefined ? undefined : this.blocks.get(index);
    if (block === undefined || block.ended) return "a block that is not open";
    if (!isObject(content)) return "expected a block";
    const text = content[block.kind] ?? "";
    if (typeof text !== "string") return `a ${block.kind} that is no text`;
    const other = content[block.kind === "text" ? "thinking" : "text"];
    if (typeof other === "string" && other !== "") return `a delta that does not fit a ${block.kind}`;
    const logprobsJson = decodeLogprobs(logprobs);
    if (block.kind === "thinking") {
      if (text !== "") this.emit({ case: "reasoningDelta", value: { text } }, block.part);
    } else if (text !== "" || logprobsJson !== "") {
      this.emit({ case: "textDelta", value: { text, logprobsJson } }, block.part);
    }
    return undefined;
  }

  private growPlan(text: JsonValue | undefined): string | undefined {
    if (typeof text !== "string") return "expected a text";
    if (text === "") return undefined;
    if (this.plan === undefined) {
      this.endEnded();
      this.plan = this.nextPart++;
      const extensions = [createExtension(dialectName, toolPlanNote, true)];
      this.emit({ case: "reasoningStart", value: { extensions } }, this.plan);
    }
    this.emit({ case: "reasoningDelta", value: { text } }, this.plan);
    return undefined;
  }

  private endPlan(): void {
    if (this.plan !== undefined) this.emit({ case: "reasoningEnd", value: {} }, this.plan);
    this.plan = undefined;
  }

  private startCall(index: number | undefined, value: JsonValue | undefined): string | undefined {
    const call = oneOf(value);
    const called = objectOf(call?.["function"]);
    const tool = stringOf(called?.["name"]) ?? "";
    if (index === undefined || call === undefined || tool === "") return "expected an index and a function with a name";
    if (this.calls.has(index)) return `call ${index} is open`;
    this.endEnded();
    const part = this.nextPart++;
    this.calls.set(index, { part, hasArguments: false });
    const id = (stringOf(call["id"]) ?? "").slice(0, 1024);
    this.emit({ case: "toolCallStart", value: { id, tool: tool.slice(0, 256) } }, part);
    return this.growCall(index, call);
  }

  private growCall(index: number | undefined, value: JsonValue | undefined): string | undefined {
    const call = index === undefined ? undefined : this.calls.get(index);
    if (call === undefined) return "a call that is not open";
    const text = objectOf(oneOf(value)?.["function"])?.["arguments"] ?? "";
    if (typeof text !== "string") return "arguments that are no text";
    if (text === "") return undefined;
    call.hasArguments ||= text.trim() !== "";
    this.emit({ case: "toolCallDelta", value: { arguments: text } }, call.part);
    return undefined;
  }

  private endCall(index: number | undefined): string | undefined {
    const call = index === undefined ? undefined : this.calls.get(index);
    if (index === undefined || call === undefined) return "a call that is not open";
    this.calls.delete(index);
    // The hub's form of no arguments.
    if (!call.hasArguments) this.emit({ case: "toolCallDelta", value: { arguments: "{}" } }, call.part);
    this.emit({ case: "toolCallEnd", value: {} }, call.part);
    return undefined;
  }

  private cite(value: JsonValue | undefined): string | undefined {
    const citations = isArray(value) ? value : [value];
    for (const citation of citations) {
      if (!isObject(citation)) return "expected a citation";
      const block = citesText(citation) ? this.findCited(citation) : undefined;
      if (block !== undefined) {
        this.emit({ case: "textDelta", value: { citations: decodeCitation(citation) } }, block.part);
      } else if (this.keptCitations.length < maxKept) this.keptCitations.push(citation);
      else return `more than ${maxKept} citations of what is past`;
    }
    return undefined;
  }

  private findCited(citation: JsonObject): Block | undefined {
    const index = uint32Of(citation["content_index"]);
    const block = index === undefined ? [...this.blocks.values()].at(-1) : this.blocks.get(index);
    return block?.kind === "text" ? block : undefined;
  }

  /** Ends the blocks that have ended: something else begins. */
  private endEnded(): void {
    for (const [index, block] of this.blocks) {
      if (!block.ended) continue;
      this.blocks.delete(index);
      this.endBlock(block);
    }
  }

  private endBlock({ kind, part }: Block): void {
    this.emit(kind === "text" ? { case: "textEnd", value: {} } : { case: "reasoningEnd", value: {} }, part);
  }

  private finish(delta: JsonObject): void {
    this.usage = objectOf(delta["usage"]);
    const raw = stringOf(delta["finish_reason"]);
    const message = stringOf(delta["error"]);
    if (isErrorFinish(raw) || message !== undefined) {
      this.failWithError(createEndError(raw ?? "ERROR", message));
      return;
    }
    for (const index of [...this.calls.keys()]) this.endCall(index);
    this.closeAll();
    const extensions = keepUnknown(delta, endFields, dialectName);
    if (this.keptCitations.length > 0) {
      extensions.push(createExtension(dialectName, "candidates[0].citations", this.keptCitations));
    }
    this.state = { phase: "done" };
    this.emit({
      case: "finish",
      value: {
        candidates: [create(CandidateFinishSchema, { candidate: 0, finish: decodeFinish(raw) })],
        usage: decodeUsage(this.usage),
        usageJson: this.usage === undefined ? "" : JSON.stringify(this.usage),
        extensions,
      },
    });
  }

  private fail(message: string): void {
    this.stop(ErrorReason.UPSTREAM_MALFORMED, message, "");
  }

  private failWithError(error: UpstreamErrorBody): void {
    this.stop(readUpstreamReason(error), error.message, error.code || error.type);
  }

  private stop(reason: ErrorReason, message: string, providerCode: string): void {
    if (this.state.phase === "done") return;
    this.state = { phase: "done" };
    this.closeAll();
    this.emit({
      case: "error",
      value: {
        reason,
        message: message.slice(0, 4096),
        providerCode: providerCode.slice(0, 256),
        usage: decodeUsage(this.usage),
      },
    });
  }

  /** Ends what is open. */
  private closeAll(): void {
    this.endPlan();
    for (const block of this.blocks.values()) this.endBlock(block);
    for (const { part } of this.calls.values()) this.emit({ case: "toolCallEnd", value: {} }, part);
    this.blocks.clear();
    this.calls.clear();
  }

  private emit(event: Parameters<typeof createStreamEvent>[0], part = 0): void {
    this.out.push(createStreamEvent(event, 0, part));
  }

  private flush(): readonly StreamEvent[] {
    const { out } = this;
    this.out = [];
    return out;
  }
}

const knownTypes: ReadonlySet<string> = new Set([
  "content-start",
  "content-delta",
  "content-end",
  "tool-plan-delta",
  "tool-call-start",
  "tool-call-delta",
  "tool-call-end",
  "citation-start",
  "citation-end",
  "message-end",
]);

const endFields: ReadonlySet<string> = new Set(["finish_reason", "usage", "error"]);

/** One object, or the first of a list. */
function oneOf(value: JsonValue | undefined): JsonObject | undefined {
  return objectOf(isArray(value) ? value[0] : value);
}
