import type { Part } from "@sluice/api/sluice/chat/v1/content";
import { ToolCallKind } from "@sluice/api/sluice/chat/v1/content";
import type { ReasoningStart, StreamError, StreamEvent, StreamFinish } from "@sluice/api/sluice/chat/v1/stream_event";
import type { JsonObject, StreamEncoder, StreamEncoderOptions } from "../dialect.ts";
import { reportForeignExtensions } from "../extension.ts";
import { objectOf } from "../json.ts";
import { createChanges } from "../parameter-change.ts";
import { encodeCitation } from "./citation.ts";
import { encodeCallStart, encodeOutputPart } from "./encode-output.ts";
import { encodeResponseUsage, encodeServedTier } from "./encode-response.ts";
import { exceptionName, streamExceptionName } from "./error.ts";
import { restoreOwnFields } from "./own-fields.ts";
import { encodeRedacted, encodeSignature } from "./reasoning.ts";
import { notedFields, restoreNotes } from "./response-notes.ts";
import { encodeStopReason } from "./stop-reason.ts";
import { type Draft, dialectName, eventFields } from "./wire.ts";

/**
 * States: idle → open with `messageStart`; open → done with `messageStop` and `metadata`, or an exception.
 *
 * Bedrock's events name their block, so pieces that interleave are told as they come. Blocks are numbered as they are first told: texts that stay
 * empty are not. A stop is told only where the hub's stream finishes.
 */
export function createStreamEncoder(options: StreamEncoderOptions): StreamEncoder {
  return new BedrockStreamEncoder(options);
}

/** A piece of the answer on its way. `index`: undefined until the first of it was told. */
type Piece = {
  readonly kind: "text" | "reasoning" | "tool" | "custom";
  readonly start: JsonObject | undefined;
  readonly reasoning: ReasoningStart | undefined;
  index: number | undefined;
  signature: string;
};

class BedrockStreamEncoder implements StreamEncoder {
  private readonly options: StreamEncoderOptions;
  private readonly collected = createChanges();
  private phase: "idle" | "open" | "done" = "idle";
  private readonly pieces = new Map<number, Piece>();
  private nextIndex = 0;
  private tier = "";
  private out = "";

  constructor(options: StreamEncoderOptions) {
    this.options = options;
  }

  changes() {
    return this.collected.list();
  }

  push(event: StreamEvent): string {
    if (this.phase === "done") return "";
    this.out = "";
    this.take(event);
    return this.out;
  }

  private take(event: StreamEvent): void {
    const { event: kind } = event;
    switch (kind.case) {
      case "responseStart": {
        if (this.phase !== "idle") return;
        this.start();
        this.tier = kind.value.serviceTier;
        reportForeignExtensions(kind.value.extensions, dialectName, this.collected);
        return;
      }
      // Bedrock shows in no way that it is alive.
      case "ping":
      case undefined:
        return;
      case "finish":
        this.finish(kind.value);
        return;
      case "error":
        this.fail(kind.value);
        return;
      default:
        if (event.candidate !== 0) this.collected.drop("candidates", "further answers: Bedrock has one");
        else this.takePiece(event);
    }
  }

  private start(): void {
    if (this.phase !== "idle") return;
    this.phase = "open";
    this.write("messageStart", { role: "assistant" });
  }

  private takePiece(event: StreamEvent): void {
    this.start();
    const { part, event: kind } = event;
    switch (kind.case) {
      case "textStart":
        this.begin(part, "text");
        return;
      case "refusalStart":
        this.collected.convert("refusal", "a refusal told as text");
        this.begin(part, "text");
        return;
      case "reasoningStart":
        this.begin(part, "reasoning", undefined, kind.value);
        return;
      case "toolCallStart": {
        const { signature, toolKind } = kind.value;
        if (signature !== "") this.collected.drop("tool_calls.signature", "Bedrock signs no calls");
        const custom = toolKind === ToolCallKind.CUSTOM;
        if (custom) this.collected.convert("tool_calls.input", "free text told as an object");
        const start = encodeCallStart(kind.value, `${this.options.fallbackId}_${part}`);
        this.open(this.begin(part, custom ? "custom" : "tool", start));
        return;
      }
      case "wholePart":
        this.tellWhole(kind.value, part);
        return;
      default:
        this.grow(event);
    }
  }

  private begin(part: number, kind: Piece["kind"], start?: JsonObject, reasoning?: ReasoningStart): Piece {
    const piece: Piece = { kind, start, reasoning, index: undefined, signature: "" };
    this.pieces.set(part, piece);
    return piece;
  }

  private open(piece: Piece): void {
    if (piece.index !== undefined) return;
    piece.index = this.nextIndex;
    this.nextIndex += 1;
    if (piece.start === undefined) return;
    this.write("contentBlockStart", { start: { toolUse: piece.start }, contentBlockIndex: piece.index });
    if (piece.kind === "custom") this.tell(piece, { toolUse: { input: '{"input":"' } });
  }

  private tell(piece: Piece, delta: JsonObject): void {
    this.open(piece);
    this.write("contentBlockDelta", { delta, contentBlockIndex: piece.index });
  }

  private grow(event: StreamEvent): void {
    const { event: kind } = event;
    const piece = this.pieces.get(event.part);
    if (piece === undefined) {
      this.failWith("internalServerException", `the answer goes on in piece ${event.part}, which is not open`);
      return;
    }
    switch (kind.case) {
      case "textDelta": {
        if (kind.value.text !== "") this.tell(piece, { text: kind.value.text });
        for (const citation of kind.value.citations) {
          const encoded = encodeCitation(citation);
          if (encoded === undefined) this.collected.drop("citations", "a citation without an address");
          else this.tell(piece, { citation: encoded });
        }
        if (kind.value.logprobsJson !== "") this.collected.drop("logprobs", "Bedrock tells none");
        reportForeignExtensions(kind.value.extensions, dialectName, this.collected);
        return;
      }
      case "refusalDelta":
        if (kind.value.text !== "") this.tell(piece, { text: kind.value.text });
        return;
      case "reasoningDelta":
        piece.signature += kind.value.signature;
        if (kind.value.text !== "") this.tell(piece, { reasoningContent: { text: kind.value.text } });
        return;
      case "toolCallDelta": {
        const { arguments: text } = kind.value;
        const input = piece.kind === "custom" ? JSON.stringify(text).slice(1, -1) : text;
        if (input !== "") this.tell(piece, { toolUse: { input } });
        return;
      }
      default:
        if (kind.case === "textEnd" && kind.value.signature !== "") {
          this.collected.drop("text.signature", "Bedrock signs no texts");
        }
        this.close(event.part, piece);
    }
  }

  private close(part: number, piece: Piece): void {
    this.pieces.delete(part);
    const { reasoning, signature } = piece;
    if (piece.kind === "custom") this.tell(piece, { toolUse: { input: '"}' } });
    // A client's SDK takes the last signature as the whole one, so it is told once, at the end.
    if (reasoning !== undefined && signature !== "") {
      this.tell(piece, { reasoningContent: { signature: encodeSignature(signature, reasoning.signer) } });
    }
    if (piece.index !== undefined) this.write("contentBlockStop", { contentBlockIndex: piece.index });
    if (reasoning === undefined || reasoning.redactedData === "") return;
    const redacted: Piece = {
      kind: "reasoning",
      start: undefined,
      reasoning: undefined,
      index: undefined,
      signature: "",
    };
    const redactedContent = encodeRedacted(reasoning.redactedData, reasoning.signer);
    this.tell(redacted, { reasoningContent: { redactedContent } });
    this.write("contentBlockStop", { contentBlockIndex: redacted.index });
  }

  /** A part that comes whole: pictures and results have a start of their own; of a text the whole is one delta. */
  private tellWhole(part: Part, index: number): void {
    const fallbackId = `${this.options.fallbackId}_${index}`;
    for (const block of encodeOutputPart(part, `content[${index}]`, fallbackId, this.collected)) {
      const piece: Piece = { kind: "text", start: undefined, reasoning: undefined, index: undefined, signature: "" };
      piece.index = this.nextIndex;
      this.nextIndex += 1;
      const contentBlockIndex = piece.index;
      const [name, value] = Object.entries(block)[0] ?? ["", undefined];
      if (name === "text" || name === "reasoningContent") {
        this.tell(piece, { [name]: value });
      } else {
        const { content, source, ...start } = objectOf(value) ?? {};
        this.write("contentBlockStart", { start: { [name]: start }, contentBlockIndex });
        if (content !== undefined) this.tell(piece, { [name]: content });
        if (source !== undefined) this.tell(piece, { [name]: { source } });
      }
      this.write("contentBlockStop", { contentBlockIndex });
    }
  }

  private finish(finish: StreamFinish): void {
    this.start();
    for (const [part, piece] of this.pieces) this.close(part, piece);
    const candidate = finish.candidates.find((one) => one.candidate === 0)?.finish;
    const { stopReason, conversion } = encodeStopReason(candidate);
    if (conversion !== undefined) this.collected.convert("stopReason", conversion);
    const { additionalModelResponseFields: additional, ...notes } = restoreNotes(
      finish.extensions,
      candidate?.stopSequence,
      true,
    );
    const usage = encodeResponseUsage(finish.usage, finish.usageJson, this.collected);
    const own: Draft = { usage, ...notes, ...encodeServedTier(this.tier) };
    const known = finish.extensions.filter(({ field }) => !notedFields.has(field));
    const told = known.filter(({ field }) => !field.startsWith("contentBlockDelta."));
    if (told.length < known.length) {
      this.collected.drop("contentBlockDelta", "came within a block, and is known at its end only");
    }
    restoreOwnFields(told, new Set(), own, eventFields, this.collected);
    this.write("messageStop", {
      ...(stopReason !== undefined && { stopReason }),
      ...(additional !== undefined && { additionalModelResponseFields: additional }),
    });
    this.write("metadata", own);
    this.phase = "done";
  }

  private fail({ reason, message, providerCode }: StreamError): void {
    const own = /^[a-z][A-Za-z]+Exception$/.test(providerCode) ? providerCode : undefined;
    this.failWith(own ?? streamExceptionName(exceptionName({ reason, httpStatus: 0 })), message);
  }

  private failWith(exception: string, message: string): void {
    if (this.phase === "done") return;
    this.phase = "done";
    this.write(exception, { message });
  }

  private write(type: string, data: Draft): void {
    this.out += `event: ${type}\ndata: ${JSON.stringify(data)}\n\n`;
  }
}
