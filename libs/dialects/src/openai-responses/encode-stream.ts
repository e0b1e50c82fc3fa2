import { type Part, ToolCallKind } from "@sluice/api/sluice/chat/v1/content";
import type { ResponseStart, StreamError, StreamEvent, StreamFinish } from "@sluice/api/sluice/chat/v1/stream_event";
import { Fault } from "@sluice/api/sluice/common/v1/error_reason";
import { formatSseComment } from "@sluice/sse";
import type { JsonObject, StreamEncoder, StreamEncoderOptions } from "../dialect.ts";
import { explodePart } from "../explode-response.ts";
import { readExtension, reportForeignExtensions, restoreExtensions } from "../extension.ts";
import { objectOf, parseJson, stringOf } from "../json.ts";
import { createChanges } from "../parameter-change.ts";
import { readFieldOwner } from "../piece-field.ts";
import { itemNote, messageNote } from "./decode-item.ts";
import { tierNote } from "./decode-stream.ts";
import { createOutputContext, encodeSignature, encodeSingle, type OutputContext, openCall } from "./encode-output.ts";
import { encodeServiceTier, governedFields } from "./encode-response.ts";
import { describeFailure, formatErrorEvent } from "./error.ts";
import { encodeFinish } from "./finish-status.ts";
import { createItemWriter } from "./item-writer.ts";
import { createLogprobsQueue } from "./logprobs.ts";
import { MessageWriter, SaidPiece } from "./message-writer.ts";
import { ReasoningWriter, ThoughtPiece } from "./reasoning-writer.ts";
import { encodeCreated, writeRepeated } from "./response-object.ts";
import { encodeUsage } from "./usage.ts";
import { type Draft, dialectName } from "./wire.ts";

type CallPiece = {
  readonly kind: "call";
  readonly item: Draft;
  readonly index: number;
  readonly custom: boolean;
  input: string;
};
type Piece = SaidPiece | ThoughtPiece | CallPiece | { readonly kind: "unsaid" };

/**
 * States: idle → open with `response.created` and `response.in_progress`; open → done with `response.completed`, `response.incomplete` or
 * `response.failed`, each with the whole response; idle → done with an `error` event where nothing was told before.
 *
 * Texts and refusals that follow one another are one message, pieces of reasoning that are noted to belong together one item. Such an item is
 * done when another begins. Pieces may interleave as they come: every event says whose it is.
 */
export function createStreamEncoder(options: StreamEncoderOptions): StreamEncoder {
  return new ResponsesStreamEncoder(options);
}

class ResponsesStreamEncoder implements StreamEncoder {
  private readonly options: StreamEncoderOptions;
  private readonly collected = createChanges();
  private readonly writer = createItemWriter();
  private readonly pieces = new Map<number, Piece>();
  private context: OutputContext;
  private phase: "idle" | "open" | "done" = "idle";
  private head: Draft = {};
  /** The item that may take another piece. */
  private current: MessageWriter | ReasoningWriter | undefined;

  constructor(options: StreamEncoderOptions) {
    this.options = options;
    this.context = this.createContext(options.fallbackId);
  }

  changes() {
    return this.collected.list();
  }

  push(event: StreamEvent): string {
    if (this.phase === "done") return "";
    switch (event.event.case) {
      case "responseStart":
        this.start(event.event.value);
        break;
      case "finish":
        this.finish(event.event.value);
        break;
      case "error":
        return this.fail(event.event.value);
      case "ping":
        return formatSseComment("ping");
      case undefined:
        break;
      default:
        this.grow(event);
    }
    return this.writer.take();
  }

  private createContext(responseId: string): OutputContext {
    return createOutputContext(responseId, this.collected, createLogprobsQueue());
  }

  private start(value: ResponseStart | undefined): void {
    if (this.phase !== "idle") return;
    this.phase = "open";
    const { options } = this;
    const id = value === undefined || value.id === "" ? options.fallbackId : value.id;
    this.context = this.createContext(id);
    this.head = {
      id,
      object: "response",
      created_at: encodeCreated(value?.createTime, options),
      status: "in_progress",
      incomplete_details: null,
      model: value?.model ?? "",
      output: [],
      ...writeRepeated(value?.extensions ?? [], options),
      usage: null,
    };
    if (value !== undefined && value.serviceTier !== "")
      this.head["service_tier"] = encodeServiceTier(value.serviceTier);
    if (value !== undefined && value.systemFingerprint !== "") {
      this.collected.drop("system_fingerprint", "a response has none");
    }
    restoreExtensions(value?.extensions ?? [], dialectName, this.head, governedFields, this.collected);
    const response = this.head as JsonObject;
    this.writer.write("response.created", { response });
    this.writer.write("response.in_progress", { response });
  }

  private grow(event: StreamEvent): void {
    if (event.candidate !== 0) {
      this.collected.drop("candidates", "further answers: openai.responses has one");
      return;
    }
    this.start(undefined);
    const piece = this.pieces.get(event.part);
    const { event: kind } = event;
    switch (kind.case) {
      case "textStart":
        this.pieces.set(event.part, new SaidPiece("text", kind.value.extensions));
        return;
      case "refusalStart":
        this.pieces.set(event.part, new SaidPiece("refusal", []));
        return;
      case "textDelta": {
        const { text, citations, logprobsJson, extensions } = kind.value;
        reportForeignExtensions(extensions, dialectName, this.collected);
        if (piece instanceof SaidPiece && (text !== "" || logprobsJson !== "" || citations.length > 0)) {
          this.beginSaid(piece);
          piece.grow(text, logprobsJson, citations, this.writer);
        }
        return;
      }
      case "refusalDelta":
        if (piece instanceof SaidPiece && kind.value.text !== "") {
          this.beginSaid(piece);
          piece.grow(kind.value.text, "", [], this.writer);
        }
        return;
      case "textEnd":
        if (piece instanceof SaidPiece) this.endText(piece, kind.value);
        this.pieces.delete(event.part);
        return;
      case "refusalEnd":
        if (piece instanceof SaidPiece) piece.end([], this.writer, this.context);
        this.pieces.delete(event.part);
        return;
      case "reasoningStart": {
        const item =
          this.current?.kind === "reasoning" && this.current.takes(kind.value)
            ? this.current
            : this.begin(() => new ReasoningWriter(kind.value, this.writer, this.context));
        this.pieces.set(event.part, new ThoughtPiece(kind.value, item));
        return;
      }
      case "reasoningDelta":
        reportForeignExtensions(kind.value.extensions, dialectName, this.collected);
        if (piece instanceof ThoughtPiece) piece.grow(kind.value);
        return;
      case "reasoningEnd":
        if (piece instanceof ThoughtPiece) piece.end();
        this.pieces.delete(event.part);
        return;
      case "toolCallStart":
        this.pieces.set(event.part, this.beginCall(kind.value));
        return;
      case "toolCallDelta":
        if (piece?.kind === "call") this.growCall(piece, kind.value.arguments);
        return;
      case "toolCallEnd":
        if (piece?.kind === "call") this.endCall(piece);
        this.pieces.delete(event.part);
        return;
      case "wholePart":
        this.whole(kind.value, event.part);
        return;
      default:
        return;
    }
  }

  /** Begins an item, which seals the one before. */
  private begin<Item extends MessageWriter | ReasoningWriter>(open: () => Item): Item {
    this.seal();
    const item = open();
    this.current = item;
    return item;
  }

  private seal(): void {
    this.current?.seal();
    this.current = undefined;
  }

  private findMessage(extensions: Part["extensions"] | SaidPiece["extensions"]): MessageWriter {
    return this.current?.kind === "message" && this.current.takes(extensions)
      ? this.current
      : this.begin(() => new MessageWriter(extensions, this.writer, this.context));
  }

  private beginSaid(piece: SaidPiece): void {
    if (!piece.hasBegun) piece.begin(this.findMessage(piece.extensions));
  }

  private endText(
    piece: SaidPiece,
    { signature, signer, extensions }: { signature: string; signer: string; extensions: Part["extensions"] },
  ): void {
    const isOwn = readExtension(piece.extensions, dialectName, messageNote) !== undefined;
    if (isOwn && signature === "") this.beginSaid(piece);
    const { isEmpty } = piece;
    piece.end(extensions, this.writer, this.context);
    if (signature === "") return;
    this.seal();
    this.item(encodeSignature({ kind: isEmpty ? "empty_text" : "text" }, { signer, value: signature }, this.context));
  }

  private beginCall(start: (StreamEvent["event"] & { case: "toolCallStart" })["value"]): Piece {
    const { id, tool, toolKind, signature, signer, extensions } = start;
    if (toolKind === ToolCallKind.SERVER) {
      this.collected.drop("server_tool_call", `${tool}, which the provider ran`);
      return { kind: "unsaid" };
    }
    this.seal();
    if (signature !== "")
      this.item(encodeSignature({ kind: "tool_call", id }, { signer, value: signature }, this.context));
    const custom = toolKind === ToolCallKind.CUSTOM;
    const item = openCall({ id, tool, custom }, extensions, this.context);
    return { kind: "call", item, index: this.writer.open({ ...item, status: "in_progress" }), custom, input: "" };
  }

  private growCall(piece: CallPiece, delta: string): void {
    if (delta === "") return;
    piece.input += delta;
    const type = piece.custom ? "response.custom_tool_call_input.delta" : "response.function_call_arguments.delta";
    this.writer.write(type, { item_id: piece.item["id"], output_index: piece.index, delta });
  }

  private endCall({ item, index, custom, input }: CallPiece): void {
    const field = custom ? "input" : "arguments";
    const type = custom ? "response.custom_tool_call_input.done" : "response.function_call_arguments.done";
    this.writer.write(type, { item_id: item["id"], output_index: index, [field]: input });
    this.writer.done(index, { ...item, [field]: input });
  }

  /** An item that is told at once. */
  private item(item: Draft): void {
    this.writer.done(this.writer.open({ ...item }), item);
  }

  private whole(part: Part, place: number): void {
    switch (part.kind.case) {
      case "text":
      case "refusal":
      case "reasoning":
      case "toolCall":
        for (const event of explodePart(part, 0, place)) this.grow(event);
        return;
      case "opaque": {
        const { dialect, json } = part.kind.value;
        const isItem = readExtension(part.extensions, dialectName, itemNote) !== undefined;
        const content = dialect === dialectName && !isItem ? objectOf(parseJson(json)) : undefined;
        if (content === undefined) break;
        const message = this.findMessage(part.extensions);
        message.endPart(message.beginPart(content), content);
        return;
      }
      default:
        break;
    }
    const items = encodeSingle({ part, index: place }, this.context);
    if (items.length > 0) this.seal();
    for (const item of items) this.item(item);
  }

  private finish(finish: StreamFinish): void {
    this.start(undefined);
    const candidate = finish.candidates.find((one) => one.candidate === 0);
    const { conversion, ...ending } = encodeFinish(candidate?.finish);
    if (this.current?.kind === "message") this.current.seal(ending.status);
    this.seal();
    if (conversion !== undefined) this.collected.convert("status", conversion);
    if (candidate?.finish?.stopSequence !== undefined) {
      this.collected.drop("stop_sequence", "a response does not say which was met");
    }
    const response: Draft = {
      ...this.head,
      ...writeRepeated(finish.extensions, this.options),
      ...ending,
      output: this.writer.items(),
      usage: encodeUsage(finish.usage, finish.usageJson),
    };
    const tier = stringOf(readExtension(finish.extensions, dialectName, tierNote));
    if (tier !== undefined) response["service_tier"] = tier;
    const ofAnswer = finish.extensions.filter((extension) => {
      if (readFieldOwner(extension).kind === "answer") return true;
      if (extension.dialect !== dialectName) reportForeignExtensions([extension], dialectName, this.collected);
      return false;
    });
    restoreExtensions(ofAnswer, dialectName, response, governedFields, this.collected);
    this.writer.write(`response.${ending.status}`, { response: response as JsonObject });
    this.phase = "done";
  }

  private fail(error: StreamError): string {
    const told = describeFailure({
      reason: error.reason,
      fault: Fault.UPSTREAM,
      httpStatus: 0,
      message: error.message,
      parameter: "",
      requestId: "",
    });
    const { request_id: _, ...failure } = told;
    if (error.providerCode !== "") Object.assign(failure, { provider_code: error.providerCode });
    const wasOpen = this.phase === "open";
    this.phase = "done";
    if (!wasOpen) return formatErrorEvent(failure, this.writer.sequence);
    const usage = encodeUsage(error.usage, "");
    const response = { ...this.head, status: "failed", error: failure, output: this.writer.items(), usage };
    this.writer.write("response.failed", { response: response as JsonObject });
    return this.writer.take();
  }
}
