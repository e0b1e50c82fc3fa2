import { create } from "@bufbuild/protobuf";
import type { Finish } from "@sluice/api/sluice/chat/v1/chat_response";
import type { Extension } from "@sluice/api/sluice/chat/v1/content";
import { CandidateFinishSchema, type StreamEvent } from "@sluice/api/sluice/chat/v1/stream_event";
import { ErrorReason } from "@sluice/api/sluice/common/v1/error_reason";
import type { SseEvent } from "@sluice/sse";
import type { JsonObject, JsonValue, StreamDecoder } from "../dialect.ts";
import { createExtension, keepUnknown } from "../extension.ts";
import { isArray, isObject, stringOf, uint32Of } from "../json.ts";
import { createStreamEvent } from "../stream-event.ts";
import { readUpstreamReason } from "../upstream-error-reason.ts";
import { readErrorBody } from "./decode-error.ts";
import { readServiceTier } from "./decode-response.ts";
import { keepNested } from "./own-fields.ts";
import { decodeStopReason } from "./stop-reason.ts";
import {
  type CallSignatures,
  closeBlock,
  growBlock,
  type OpenBlock,
  type OpenedBlock,
  openBlock,
} from "./stream-block.ts";
import { readWireEvent } from "./stream-event.ts";
import { decodeUsage, mergeUsage, readStartUsage, usageFields } from "./usage.ts";
import { dialectName, isTagged, responseFields } from "./wire.ts";

/**
 * States: idle → open at `message_start`; open → done at `message_stop` or an error; at the body's end, open → done, well if a
 * `message_delta` gave the reason to stop.
 *
 * - A second `message_start` with the same id is a repetition and passed over; with another id, two answers are spliced, which is an
 *   error.
 * - A block that has no `content_block_stop` ends with the answer; a delta or stop for a block that is not open is an error.
 * - Events of types that Anthropic does not document are passed over, as its versioning policy asks. A delta of an unknown type is kept:
 *   in its place in a text and in reasoning, else among the extensions of `finish`.
 */
export function createStreamDecoder(): StreamDecoder {
  return new AnthropicStreamDecoder();
}

type State =
  | { readonly phase: "idle" }
  | { readonly phase: "open"; readonly id: string; finish: Finish | undefined }
  | { readonly phase: "done" };

/** The most fields without a place that are kept until the answer ends: the bound of StreamFinish.extensions. */
const maxKept = 256;

class AnthropicStreamDecoder implements StreamDecoder {
  private state: State = { phase: "idle" };
  private readonly blocks = new Map<number, OpenBlock>();
  private readonly signatures: CallSignatures = new Map();
  private nextPart = 0;
  private usage: JsonObject | undefined;
  private readonly kept: Extension[] = [];
  private out: StreamEvent[] = [];

  push(event: SseEvent): readonly StreamEvent[] {
    if (this.state.phase === "done") return [];
    const read = readWireEvent(event);
    if (read.kind === "malformed") this.fail(read.message);
    else this.take(read.type, read.data);
    return this.flush();
  }

  end(): readonly StreamEvent[] {
    if (this.state.phase === "done") return [];
    if (this.state.phase === "open" && this.state.finish !== undefined) this.finish(this.state.finish);
    else this.failWith(ErrorReason.UPSTREAM_TRUNCATED, "the answer ended before its message_stop", "");
    return this.flush();
  }

  private take(type: string, data: JsonObject): void {
    switch (type) {
      case "ping":
        this.out.push(createStreamEvent({ case: "ping", value: {} }));
        return;
      case "error": {
        const error = readErrorBody(data);
        this.failWith(readUpstreamReason(error), error.message, error.type);
        return;
      }
      case "message_start":
        this.start(data["message"]);
        return;
      case "content_block_start":
      case "content_block_delta":
      case "content_block_stop":
      case "message_delta":
      case "message_stop":
        if (this.state.phase === "open") this.takeInside(type, data, this.state);
        else this.fail(`${type} before message_start`);
        return;
      default:
        return;
    }
  }

  private takeInside(type: string, data: JsonObject, state: State & { phase: "open" }): void {
    switch (type) {
      case "content_block_start":
        this.openBlock(data);
        return;
      case "content_block_delta":
        this.growBlock(data);
        return;
      case "content_block_stop":
        this.closeBlock(data);
        return;
      case "message_delta":
        this.delta(data, state);
        return;
      default:
        this.finish(state.finish ?? decodeStopReason(undefined, undefined));
    }
  }

  private start(message: JsonValue | undefined): void {
    if (!isObject(message)) {
      this.fail("message_start without a message");
      return;
    }
    const id = stringOf(message["id"]) ?? "";
    if (this.state.phase === "open") {
      if (this.state.id !== id) this.fail("a second message_start, of another message, within a message");
      return;
    }
    this.state = { phase: "open", id, finish: undefined };
    this.usage = readStartUsage(message["usage"]);
    this.keep(keepNested("usage", message["usage"], usageFields));
    const usage = decodeUsage(this.usage);
    this.out.push(
      createStreamEvent({
        case: "responseStart",
        value: {
          id: id.slice(0, 1024),
          model: (stringOf(message["model"]) ?? "").slice(0, 256),
          ...(usage !== undefined && { usage }),
          serviceTier: readServiceTier(message["usage"]),
          extensions: keepUnknown(message, responseFields, dialectName),
        },
      }),
    );
    if (typeof message["stop_reason"] === "string") {
      this.state.finish = decodeStopReason(message["stop_reason"], message["stop_sequence"]);
    }
    this.startWithContent(message["content"]);
  }

  /** A message that starts with content: blocks that are whole at once. */
  private startWithContent(content: JsonValue | undefined): void {
    if (!isArray(content)) return;
    for (const block of content) {
      if (this.isDone()) return;
      const opened = isTagged(block) ? openBlock(block, this.nextPart, this.signatures) : "a block without a type";
      if (typeof opened === "string") {
        this.fail(opened);
        return;
      }
      this.tellOpened(opened);
      this.tellClosed(opened.block);
    }
  }

  private openBlock(data: JsonObject): void {
    const index = uint32Of(data["index"]);
    const start = data["content_block"];
    if (index === undefined || !isTagged(start)) {
      this.fail("content_block_start without an index and a block");
    } else if (this.blocks.has(index)) {
      this.fail(`content_block_start of block ${index}, which is open`);
    } else {
      const opened = openBlock(start, this.nextPart, this.signatures);
      if (typeof opened === "string") {
        this.fail(opened);
        return;
      }
      this.blocks.set(index, opened.block);
      this.tellOpened(opened);
    }
  }

  private tellOpened({ block, events }: OpenedBlock): void {
    if (block.kind !== "whole" && block.kind !== "signature") this.nextPart += 1;
    this.out.push(...events);
  }

  private growBlock(data: JsonObject): void {
    const index = uint32Of(data["index"]);
    const block = index === undefined ? undefined : this.blocks.get(index);
    const delta = data["delta"];
    if (block === undefined || !isTagged(delta)) {
      this.fail(block === undefined ? "content_block_delta for a block that is not open" : "a delta without a type");
      return;
    }
    const step = growBlock(block, delta);
    if (step.kind === "events") this.out.push(...step.events);
    else if (step.kind === "malformed") this.fail(step.message);
    else this.keep([createExtension(dialectName, `content_block_delta.${step.type}`, step.delta)]);
  }

  private closeBlock(data: JsonObject): void {
    const index = uint32Of(data["index"]);
    const block = index === undefined ? undefined : this.blocks.get(index);
    if (index === undefined || block === undefined) {
      this.fail("content_block_stop for a block that is not open");
      return;
    }
    this.blocks.delete(index);
    this.tellClosed(block);
  }

  private tellClosed(block: OpenBlock): void {
    const step = closeBlock(block, this.nextPart);
    if (step.kind === "events") {
      if (block.kind === "whole") this.nextPart += 1;
      this.out.push(...step.events);
    } else if (step.kind === "malformed") {
      this.fail(step.message);
    }
  }

  private delta(data: JsonObject, state: State & { phase: "open" }): void {
    const delta = data["delta"];
    if (!isObject(delta)) {
      this.fail("message_delta without a delta");
      return;
    }
    if (typeof delta["stop_reason"] === "string") {
      state.finish = decodeStopReason(delta["stop_reason"], delta["stop_sequence"]);
    }
    this.usage = mergeUsage(this.usage, data["usage"]);
    this.keep([
      ...keepUnknown(delta, stopFields, dialectName),
      ...keepUnknown(data, deltaFields, dialectName),
      ...keepNested("usage", data["usage"], usageFields),
    ]);
  }

  /** Later values of a field replace earlier ones, as they do in Anthropic's SDKs. */
  private keep(extensions: readonly Extension[]): void {
    for (const extension of extensions) {
      const before = this.kept.findIndex((kept) => kept.field === extension.field);
      const isDelta = extension.field.startsWith("content_block_delta.");
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

  /** Ends what is open. After an error, what was not told as it came is not told: it is not whole. */
  private closeAll(): void {
    const isFailed = this.state.phase === "done";
    for (const [index, block] of this.blocks) {
      this.blocks.delete(index);
      if (isFailed && block.kind === "whole") continue;
      if (isFailed && block.kind === "toolCall") block.hasArguments = true;
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

const stopFields = new Set(["stop_reason", "stop_sequence"]);
const deltaFields = new Set(["type", "delta", "usage"]);
