import { create } from "@bufbuild/protobuf";
import type { Finish } from "@sluice/api/sluice/chat/v1/chat_response";
import type { Extension } from "@sluice/api/sluice/chat/v1/content";
import { CandidateFinishSchema, type StreamEvent } from "@sluice/api/sluice/chat/v1/stream_event";
import { ErrorReason } from "@sluice/api/sluice/common/v1/error_reason";
import type { SseEvent } from "@sluice/sse";
import type { JsonObject, StreamDecoder, StreamDecoderOptions } from "../dialect.ts";
import { createExtension, keepUnknown } from "../extension.ts";
import { isObject, parseJson, uint32Of } from "../json.ts";
import { createStreamEvent } from "../stream-event.ts";
import { settleFinish } from "./decode-response.ts";
import { readErrorBody, readExceptionReason } from "./error.ts";
import { readModelTraits } from "./model-traits.ts";
import { noteResponse } from "./response-notes.ts";
import { decodeStopReason } from "./stop-reason.ts";
import { closeBlock, growBlock, type OpenBlock, type OpenedBlock, openBlock, openByDelta } from "./stream-block.ts";
import { decodeUsage } from "./usage.ts";
import { dialectName, eventFields, readMember } from "./wire.ts";

/**
 * States: idle → open at `messageStart`; open → stopped at `messageStop`, which says why; stopped → done at `metadata`, which says usage; any →
 * done at an exception. At the body's end stopped → done, well, with no usage.
 *
 * - A block begins with its first delta; calls of tools, results and pictures alone have a `contentBlockStart`. An empty text has neither, and its
 *   `contentBlockStop` is passed over.
 * - A second `messageStart` before anything was said is a repetition and passed over; later, two answers are spliced, which is an error.
 * - A delta for a block that has ended is an error. Events of types that Bedrock does not document are passed over; a delta of an unknown kind is
 *   kept among the extensions of `finish`.
 */
export function createStreamDecoder(options: StreamDecoderOptions = {}): StreamDecoder {
  return new BedrockStreamDecoder(options.model ?? "");
}

type State = { readonly phase: "idle" | "open" | "done" } | { readonly phase: "stopped"; readonly finish: Finish };

/** The most fields without a place that are kept until the answer ends: the bound of StreamFinish.extensions. */
const maxKept = 256;

class BedrockStreamDecoder implements StreamDecoder {
  private state: State = { phase: "idle" };
  private readonly blocks = new Map<number, OpenBlock>();
  private readonly signer: string;
  private nextPart = 0;
  private nextIndex = 0;
  private calls = 0;
  private answers = 0;
  private usage: JsonObject | undefined;
  private readonly kept: Extension[] = [];
  private out: StreamEvent[] = [];

  /** What models sign is Claude's; of one whose id does not say what it is, it may be. */
  constructor(model: string) {
    const { reasoningSigner } = readModelTraits(model);
    this.signer = reasoningSigner === "anthropic" || reasoningSigner === "any" ? "anthropic" : "";
  }

  push(event: SseEvent): readonly StreamEvent[] {
    if (this.state.phase === "done") return [];
    const data = parseJson(event.data);
    if (event.event === undefined) this.fail("an event without a type");
    else if (!isObject(data)) this.fail(`${event.event.slice(0, 64)} whose data is no JSON object`);
    else this.take(event.event, data);
    return this.flush();
  }

  end(): readonly StreamEvent[] {
    if (this.state.phase === "done") return [];
    if (this.state.phase === "stopped") this.finish(this.state.finish);
    else this.failWith(ErrorReason.UPSTREAM_TRUNCATED, "the answer ended before its messageStop", "");
    return this.flush();
  }

  private take(type: string, data: JsonObject): void {
    switch (type) {
      case "messageStart":
        this.start(data);
        return;
      case "contentBlockStart":
      case "contentBlockDelta":
      case "contentBlockStop":
      case "messageStop":
        if (this.state.phase === "open") this.takeInside(type, data);
        else this.fail(this.state.phase === "idle" ? `${type} before messageStart` : `${type} after messageStop`);
        return;
      case "metadata":
        this.metadata(data);
        return;
      default:
        if (type === "error" || type.endsWith("Exception")) this.takeException(type, data);
    }
  }

  private takeInside(type: string, data: JsonObject): void {
    if (type === "messageStop") {
      this.keep([...keepUnknown(data, eventFields, dialectName), ...noteResponse(data)]);
      const finish = decodeStopReason(data["stopReason"], data["additionalModelResponseFields"]);
      this.state = { phase: "stopped", finish: this.answers > 0 && this.calls === 0 ? settleFinish(finish) : finish };
      return;
    }
    const index = uint32Of(data["contentBlockIndex"]);
    if (index === undefined) this.fail(`${type} without a contentBlockIndex`);
    else if (type === "contentBlockStart") this.openBlock(index, data);
    else if (type === "contentBlockDelta") this.growBlock(index, data);
    else this.closeBlock(index);
  }

  private start(data: JsonObject): void {
    if (this.state.phase !== "idle") {
      if (this.nextPart > 0 || this.state.phase !== "open") this.fail("a second messageStart within a message");
      return;
    }
    this.state = { phase: "open" };
    const extensions = keepUnknown(data, eventFields, dialectName);
    this.out.push(createStreamEvent({ case: "responseStart", value: { extensions } }));
  }

  private openBlock(index: number, data: JsonObject): void {
    if (this.blocks.has(index) || index < this.nextIndex) {
      this.fail(`contentBlockStart of block ${index}, which has begun`);
      return;
    }
    const opened = openBlock(data["start"], this.nextPart);
    if (typeof opened === "string") this.fail(opened);
    else this.tellOpened(index, opened);
  }

  private tellOpened(index: number, { block, events }: OpenedBlock): void {
    this.blocks.set(index, block);
    this.nextPart += 1;
    this.nextIndex = Math.max(this.nextIndex, index + 1);
    if (block.kind === "toolCall") this.calls += 1;
    if (block.kind === "text" && block.isAnswer) this.answers += 1;
    this.out.push(...events);
  }

  private growBlock(index: number, data: JsonObject): void {
    const delta = readMember(data["delta"]);
    if (delta === undefined) {
      this.fail("contentBlockDelta without a delta");
      return;
    }
    if (!this.blocks.has(index)) {
      if (index < this.nextIndex) {
        this.fail(`contentBlockDelta of block ${index}, which has ended`);
        return;
      }
      const opened = openByDelta(delta, this.nextPart, this.signer);
      if (opened !== undefined) this.tellOpened(index, opened);
    }
    const block = this.blocks.get(index);
    if (block === undefined) {
      if (delta.name === "toolUse") this.fail(`toolUse of block ${index}, which has not begun`);
      else this.keep([createExtension(dialectName, `contentBlockDelta.${delta.name}`, { [delta.name]: delta.value })]);
      return;
    }
    const step = growBlock(block, delta);
    if (step.kind === "events") this.out.push(...step.events);
    else if (step.kind === "malformed") this.fail(step.message);
    else this.keep([createExtension(dialectName, `contentBlockDelta.${step.name}`, step.delta)]);
  }

  private closeBlock(index: number): void {
    const block = this.blocks.get(index);
    this.nextIndex = Math.max(this.nextIndex, index + 1);
    if (block === undefined) return;
    this.blocks.delete(index);
    this.tellClosed(block);
  }

  private tellClosed(block: OpenBlock): void {
    const step = closeBlock(block, this.state.phase === "done");
    if (step.kind === "events") this.out.push(...step.events);
    else if (step.kind === "malformed") this.fail(step.message);
  }

  private metadata(data: JsonObject): void {
    const { usage } = data;
    if (isObject(usage)) this.usage = usage;
    this.keep([...keepUnknown(data, eventFields, dialectName), ...noteResponse(data)]);
    if (this.state.phase === "stopped") this.finish(this.state.finish);
    else this.fail("metadata before messageStop");
  }

  private takeException(type: string, data: JsonObject): void {
    const error = readErrorBody(data, type === "error" ? "" : type);
    this.failWith(readExceptionReason(error), error.message, error.type);
  }

  /** Later values of a field replace earlier ones; deltas add up. */
  private keep(extensions: readonly Extension[]): void {
    for (const extension of extensions) {
      const before = this.kept.findIndex((kept) => kept.field === extension.field);
      const isDelta = extension.field.startsWith("contentBlockDelta.");
      if (before >= 0 && !isDelta) this.kept[before] = extension;
      else if (this.kept.length < maxKept) this.kept.push(extension);
    }
  }

  private finish(finish: Finish): void {
    this.closeAll();
    if (this.isDone()) return;
    this.state = { phase: "done" };
    const usage = decodeUsage(this.usage);
    const candidates = [create(CandidateFinishSchema, { candidate: 0, finish })];
    const usageJson = this.usage === undefined ? "" : JSON.stringify(this.usage);
    const value = { candidates, usageJson, extensions: this.kept, ...(usage !== undefined && { usage }) };
    this.out.push(createStreamEvent({ case: "finish", value }));
  }

  private fail(message: string): void {
    this.failWith(ErrorReason.UPSTREAM_MALFORMED, message, "");
  }

  private failWith(reason: ErrorReason, message: string, providerCode: string): void {
    if (this.state.phase === "done") return;
    this.state = { phase: "done" };
    this.closeAll();
    const usage = decodeUsage(this.usage);
    this.out.push(
      createStreamEvent({
        case: "error",
        value: { reason, message: message.slice(0, 4096), providerCode, ...(usage !== undefined && { usage }) },
      }),
    );
  }

  private closeAll(): void {
    for (const [index, block] of this.blocks) {
      this.blocks.delete(index);
      this.tellClosed(block);
    }
  }

  private isDone(): boolean {
    return this.state.phase === "done";
  }

  private flush(): readonly StreamEvent[] {
    const { out } = this;
    this.out = [];
    return out;
  }
}
