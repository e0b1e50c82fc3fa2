import type { ResponseStart, StreamError, StreamEvent, StreamFinish } from "@sluice/api/sluice/chat/v1/stream_event";
import type { JsonObject, StreamEncoder, StreamEncoderOptions } from "../dialect.ts";
import { createChanges } from "../parameter-change.ts";
import { readErrorType } from "./encode-error.ts";
import { reportMissingUsage } from "./encode-response.ts";
import { restoreOwnFields } from "./own-fields.ts";
import { encodeStopReason } from "./stop-reason.ts";
import {
  beginPieces,
  closingDeltas,
  endText,
  openingDeltas,
  opensLate,
  type Piece,
  readDeltas,
  readTextless,
} from "./stream-piece.ts";
import { completeUsage, encodeServedTier, encodeUsage, reportUntoldUsage } from "./usage.ts";
import { type Draft, responseFields } from "./wire.ts";

/**
 * States: idle → open with `message_start`; open → done with `message_stop` or an error event.
 *
 * Anthropic's blocks come one after the other, so of pieces that interleave the first is told as it comes and the others wait for its
 * end, up to a limit beyond which the stream ends with an error. Blocks are numbered as they are sent: texts that stay empty are not
 * sent, nor is what another provider ran. `message_start` goes out with the first event; what is not counted yet is 0 in it, because the SDKs read numbers, and the counts
 * of `message_delta` are the answer's. A stop is told only where the hub's stream finishes.
 */
export function createStreamEncoder(options: StreamEncoderOptions): StreamEncoder {
  return new AnthropicStreamEncoder(options);
}

/** The most characters that wait for their turn. */
const maxHeldCharacters = 16 * 1024 * 1024;

type Phase = "idle" | "open" | "done";

class AnthropicStreamEncoder implements StreamEncoder {
  private readonly options: StreamEncoderOptions;
  private readonly collected = createChanges();
  private phase: Phase = "idle";
  private readonly pieces = new Map<number, Piece>();
  /** Those not yet sent whole, in order of appearance; the first may be open. */
  private queue: Piece[] = [];
  private heldCharacters = 0;
  private nextIndex = 0;
  private refused = false;
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
      case "responseStart":
        this.start(kind.value);
        return;
      case "ping":
        this.write("ping", {});
        return;
      case "finish":
        this.finish(kind.value);
        return;
      case "error":
        this.fail(kind.value);
        return;
      case "textEnd":
      case "reasoningEnd":
      case "toolCallEnd":
      case "refusalEnd":
        this.end(event);
        return;
      case undefined:
        return;
      default:
        this.grow(event);
    }
  }

  private start(value: ResponseStart | undefined): void {
    if (this.phase !== "idle") return;
    this.phase = "open";
    if (value !== undefined && value.systemFingerprint !== "") {
      this.collected.drop("system_fingerprint", "Anthropic tells none");
    }
    const usage: Draft = completeUsage(value?.usage === undefined ? {} : encodeUsage(value.usage));
    if (value !== undefined && value.serviceTier !== "") usage["service_tier"] = encodeServedTier(value.serviceTier);
    const message: Draft = {
      id: value === undefined || value.id === "" ? this.options.fallbackId : value.id,
      type: "message",
      role: "assistant",
      model: value?.model ?? "",
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage,
    };
    restoreOwnFields(value?.extensions ?? [], usageHead, message, responseFields, this.collected);
    this.write("message_start", { message });
  }

  private grow(event: StreamEvent): void {
    if (event.candidate !== 0) {
      this.collected.drop("candidates", "further answers: Anthropic has one");
      return;
    }
    this.start(undefined);
    const begun = beginPieces(event, this.options.fallbackId, this.collected);
    if (begun !== undefined) {
      if (event.event.case === "refusalStart") this.refused = true;
      for (const piece of begun) this.begin(event, piece);
      return;
    }
    const piece = this.pieces.get(event.part);
    const deltas = piece === undefined || piece.ended ? undefined : readDeltas(event, piece, this.collected);
    if (piece === undefined || deltas === undefined) {
      this.failWith("api_error", `the answer goes on in piece ${event.part}, which has not begun`);
      return;
    }
    for (const delta of deltas) this.add(piece, delta);
  }

  private begin(event: StreamEvent, piece: Piece): void {
    this.queue.push(piece);
    if (event.event.case !== "wholePart") this.pieces.set(event.part, piece);
    if (this.queue[0] === piece) this.advance();
  }

  private add(piece: Piece, delta: JsonObject): void {
    if (this.phase === "done") return;
    if (this.queue[0] === piece) {
      this.open(piece);
      this.writeDelta(piece, delta);
      return;
    }
    piece.held.push(delta);
    this.heldCharacters += JSON.stringify(delta).length;
    if (this.heldCharacters > maxHeldCharacters) {
      this.failWith("api_error", `the provider interleaves more than ${maxHeldCharacters} characters`);
    }
  }

  private end(event: StreamEvent): void {
    const piece = event.candidate === 0 ? this.pieces.get(event.part) : undefined;
    if (piece === undefined) return;
    piece.ended = true;
    const signature = event.event.case === "textEnd" ? endText(piece, event.event.value) : undefined;
    if (signature !== undefined) this.queue.splice(this.queue.indexOf(piece) + 1, 0, signature);
    if (this.queue[0] === piece) this.advance();
  }

  /** Sends what may be sent: the first piece as far as it came, and those after it that wait. */
  private advance(): void {
    for (let piece = this.queue[0]; piece !== undefined; piece = this.queue[0]) {
      if (!opensLate(piece) || piece.held.length > 0) this.open(piece);
      for (const delta of piece.held.splice(0)) this.writeDelta(piece, delta);
      if (!piece.ended) return;
      this.close(piece);
      this.queue.shift();
    }
    this.heldCharacters = 0;
  }

  private open(piece: Piece): void {
    if (piece.index !== undefined || piece.kind === "unsaid") return;
    piece.index = this.nextIndex;
    this.nextIndex += 1;
    this.write("content_block_start", { index: piece.index, content_block: piece.opening });
    for (const delta of openingDeltas(piece)) this.writeDelta(piece, delta);
  }

  private close(piece: Piece): void {
    if (piece.index === undefined) {
      const block = piece.kind === "foreign" ? readTextless(piece) : undefined;
      if (block !== undefined) this.whole(block);
      return;
    }
    for (const delta of closingDeltas(piece)) this.writeDelta(piece, delta);
    this.write("content_block_stop", { index: piece.index });
  }

  private whole(content_block: JsonObject): void {
    const index = this.nextIndex;
    this.nextIndex += 1;
    this.write("content_block_start", { index, content_block });
    this.write("content_block_stop", { index });
  }

  private writeDelta(piece: Piece, delta: JsonObject): void {
    this.write("content_block_delta", { index: piece.index, delta });
  }

  private finish(finish: StreamFinish): void {
    this.start(undefined);
    for (const piece of this.queue) piece.ended = true;
    this.advance();
    const candidate = finish.candidates.find((one) => one.candidate === 0);
    const { conversion, ...stop } = encodeStopReason(candidate?.finish, this.refused);
    if (conversion !== undefined) this.collected.convert("stop_reason", conversion);
    const usage: Draft = finish.usage === undefined ? {} : encodeUsage(finish.usage);
    reportMissingUsage(usage, this.collected);
    reportUntoldUsage(finish.usage, this.collected);
    const delta: Draft = { ...stop };
    const event: Draft = { delta, usage: { output_tokens: 0, ...usage } };
    const own: Draft = {};
    restoreOwnFields(finish.extensions, usageHead, own, stopReserved, this.collected);
    for (const [field, value] of Object.entries(own)) {
      if (field === "usage") event["usage"] = { ...(value as JsonObject), ...(event["usage"] as JsonObject) };
      else if (field.startsWith("content_block_delta."))
        this.collected.drop(field, "came within a block that has no place for it");
      else (field === "context_management" ? event : delta)[field] = value;
    }
    this.write("message_delta", event);
    this.write("message_stop", {});
    this.phase = "done";
  }

  private fail(error: StreamError): void {
    this.failWith(readErrorType(error.reason, 0), error.message);
  }

  private failWith(type: string, message: string): void {
    if (this.phase === "done") return;
    this.phase = "done";
    this.write("error", { error: { type, message } });
  }

  private write(type: string, fields: Draft): void {
    this.out += `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;
  }
}

const usageHead = new Set(["usage"]);
const stopReserved = new Set(["stop_reason", "stop_sequence", "type", "delta", "index"]);
