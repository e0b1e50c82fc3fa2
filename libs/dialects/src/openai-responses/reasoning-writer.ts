import type { ReasoningDelta, ReasoningStart } from "@sluice/api/sluice/chat/v1/stream_event";
import type { JsonObject } from "../dialect.ts";
import { readExtension, restoreExtensions } from "../extension.ts";
import { continuesNote } from "./decode-reasoning.ts";
import { isKept, isToldAsSummary, type OutputContext } from "./encode-output.ts";
import { wrapReasoning } from "./foreign-signature.ts";
import type { ItemWriter } from "./item-writer.ts";
import { type Draft, dialectName, ownSigner, reasoningFields } from "./wire.ts";

/** A reasoning item on its way: it takes the pieces that are noted to continue it, and is done when another item begins, or with a signature. */
export class ReasoningWriter {
  readonly kind = "reasoning";
  private readonly item: Draft;
  private readonly index: number;
  private readonly writer: ItemWriter;
  private readonly texts = { summary: [] as string[], content: [] as string[] };
  private openPieces = 0;
  private isSealed = false;
  private isDone = false;

  constructor(start: ReasoningStart, writer: ItemWriter, context: OutputContext) {
    this.writer = writer;
    const isOwn = start.id !== "" && (isKept(start.extensions) || start.signer === ownSigner);
    this.item = { id: isOwn ? start.id : context.makeId("rs"), type: "reasoning", summary: [] };
    restoreExtensions(start.extensions, dialectName, this.item, reasoningFields, context.changes);
    this.index = writer.open({ ...this.item });
  }

  takes(start: ReasoningStart): boolean {
    return !this.isSealed && readExtension(start.extensions, dialectName, continuesNote) !== undefined;
  }

  beginPiece(): void {
    this.openPieces += 1;
  }

  /** The number of another text. */
  beginText(place: "summary" | "content"): number {
    const index = this.texts[place].push("") - 1;
    if (place === "summary")
      this.write("response.reasoning_summary_part.added", place, index, { part: summaryText("") });
    else this.write("response.content_part.added", place, index, { part: reasoningText("") });
    return index;
  }

  growText(place: "summary" | "content", index: number, delta: string): void {
    this.texts[place][index] += delta;
    this.write(`response.reasoning_${place === "summary" ? "summary_text" : "text"}.delta`, place, index, { delta });
  }

  endText(place: "summary" | "content", index: number): void {
    const text = this.texts[place][index] ?? "";
    if (place === "summary") {
      this.write("response.reasoning_summary_text.done", place, index, { text });
      this.write("response.reasoning_summary_part.done", place, index, { part: summaryText(text) });
    } else {
      this.write("response.reasoning_text.done", place, index, { text });
      this.write("response.content_part.done", place, index, { part: reasoningText(text) });
    }
  }

  endPiece(encrypted: string): void {
    this.openPieces -= 1;
    if (encrypted !== "") this.item["encrypted_content"] = encrypted;
    this.endIfDone();
  }

  seal(): void {
    this.isSealed = true;
    this.endIfDone();
  }

  private endIfDone(): void {
    if (!this.isSealed || this.openPieces > 0 || this.isDone) return;
    this.isDone = true;
    const { summary, content } = this.texts;
    this.writer.done(this.index, {
      ...this.item,
      summary: summary.map(summaryText),
      ...(content.length > 0 && { content: content.map(reasoningText) }),
    });
  }

  private write(type: string, place: "summary" | "content", index: number, fields: Draft): void {
    const named = place === "summary" ? { summary_index: index } : { content_index: index };
    this.writer.write(type, { item_id: this.item["id"], output_index: this.index, ...named, ...fields });
  }
}

function summaryText(text: string): JsonObject {
  return { type: "summary_text", text };
}

function reasoningText(text: string): JsonObject {
  return { type: "reasoning_text", text };
}

/** A piece of reasoning on its way into an item. What its maker signed is whole at its end. */
export class ThoughtPiece {
  readonly kind = "reasoning";
  private readonly start: ReasoningStart;
  private readonly item: ReasoningWriter;
  private readonly place: "summary" | "content";
  private textIndex: number | undefined;
  private text = "";
  private signature = "";
  private signer: string;

  constructor(start: ReasoningStart, item: ReasoningWriter) {
    this.start = start;
    this.item = item;
    this.signer = start.signer;
    this.place = isToldAsSummary(start) ? "summary" : "content";
    item.beginPiece();
  }

  grow({ text, signature, signer }: ReasoningDelta): void {
    this.signature += signature;
    if (signer !== "") this.signer = signer;
    if (text === "") return;
    this.text += text;
    this.textIndex ??= this.item.beginText(this.place);
    this.item.growText(this.place, this.textIndex, text);
  }

  end(): void {
    const { id, summary, redactedData, extensions } = this.start;
    const { text, signature, signer } = this;
    if (this.textIndex === undefined && summary && isKept(extensions)) this.textIndex = this.item.beginText(this.place);
    if (this.textIndex !== undefined) this.item.endText(this.place, this.textIndex);
    const isOwn = signer === ownSigner || (isKept(extensions) && signature === "" && redactedData === "");
    const encrypted = isOwn
      ? signature || redactedData
      : wrapReasoning({ text, signature, redactedData, id: isContinued(this.start) ? "" : id, summary, signer });
    this.item.endPiece(encrypted);
    if (encrypted !== "" || !isOwn) this.item.seal();
  }
}

function isContinued({ extensions }: ReasoningStart): boolean {
  return readExtension(extensions, dialectName, continuesNote) !== undefined;
}
