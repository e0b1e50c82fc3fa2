import type { Citation, Extension } from "@sluice/api/sluice/chat/v1/content";
import type { JsonObject } from "../dialect.ts";
import { readExtension } from "../extension.ts";
import { encodeAnnotations } from "./citation.ts";
import { messageNote } from "./decode-item.ts";
import { closeText, type OutputContext, openMessage, restoreTextMembers } from "./encode-output.ts";
import type { ItemWriter } from "./item-writer.ts";
import type { LogprobsQueue } from "./logprobs.ts";
import { createLogprobsQueue } from "./logprobs.ts";
import { type Draft, dialectName } from "./wire.ts";

/** A message on its way: it takes texts and refusals until another item begins, and is done when they are. */
export class MessageWriter {
  readonly kind = "message";
  readonly opening: Draft;
  readonly index: number;
  private readonly writer: ItemWriter;
  private readonly content: (JsonObject | undefined)[] = [];
  private openPieces = 0;
  private isSealed = false;
  private status: JsonObject[string];

  constructor(extensions: readonly Extension[], writer: ItemWriter, context: OutputContext) {
    this.writer = writer;
    this.opening = openMessage([...extensions], context);
    this.index = writer.open({ ...this.opening, status: "in_progress", content: [] });
  }

  /** Whether a piece belongs here: none does that is noted to begin another message. */
  takes(extensions: readonly Extension[]): boolean {
    return !this.isSealed && readExtension(extensions, dialectName, messageNote) === undefined;
  }

  beginPart(part: Draft): number {
    const contentIndex = this.content.push(undefined) - 1;
    this.openPieces += 1;
    this.writer.write("response.content_part.added", { ...this.place(contentIndex), part: part as JsonObject });
    return contentIndex;
  }

  endPart(contentIndex: number, part: Draft): void {
    this.content[contentIndex] = part as JsonObject;
    this.openPieces -= 1;
    this.writer.write("response.content_part.done", { ...this.place(contentIndex), part: part as JsonObject });
    this.endIfDone();
  }

  place(contentIndex: number): Draft {
    return { item_id: this.opening["id"], output_index: this.index, content_index: contentIndex };
  }

  /** Nothing follows. `incomplete`: the answer was cut off here. */
  seal(status?: "completed" | "incomplete"): void {
    if (this.isSealed) return;
    this.isSealed = true;
    this.status = status === "incomplete" ? status : this.opening["status"];
    this.endIfDone();
  }

  private endIfDone(): void {
    if (!this.isSealed || this.openPieces > 0) return;
    const content = this.content.filter((part) => part !== undefined);
    this.writer.done(this.index, { ...this.opening, status: this.status, content });
  }
}

/** A text or refusal of a message. A text is begun by the first thing it says, so that an empty one is not told. */
export class SaidPiece {
  readonly kind: "text" | "refusal";
  readonly extensions: readonly Extension[];
  private readonly citations: Citation[] = [];
  private readonly logprobs: LogprobsQueue = createLogprobsQueue();
  private text = "";
  private begun: { readonly message: MessageWriter; readonly contentIndex: number } | undefined;

  constructor(kind: "text" | "refusal", extensions: readonly Extension[]) {
    this.kind = kind;
    this.extensions = extensions;
  }

  get isEmpty(): boolean {
    return this.text === "";
  }

  get hasBegun(): boolean {
    return this.begun !== undefined;
  }

  begin(message: MessageWriter): void {
    const part = this.kind === "refusal" ? { type: "refusal", refusal: "" } : closeText("", [], []);
    this.begun = { message, contentIndex: message.beginPart(part) };
  }

  grow(text: string, logprobsJson: string, citations: readonly Citation[], writer: ItemWriter): void {
    if (this.begun === undefined) return;
    const { message, contentIndex } = this.begun;
    this.text += text;
    this.citations.push(...citations);
    this.logprobs.add(logprobsJson);
    if (text === "" && logprobsJson === "") return;
    const at = message.place(contentIndex);
    if (this.kind === "refusal") writer.write("response.refusal.delta", { ...at, delta: text });
    else {
      const logprobs = logprobsJson === "" ? [] : createLogprobsQueue(logprobsJson).takeAll();
      writer.write("response.output_text.delta", { ...at, delta: text, logprobs });
    }
  }

  end(extensions: readonly Extension[], writer: ItemWriter, context: OutputContext): void {
    if (this.begun === undefined) return;
    const { message, contentIndex } = this.begun;
    const at = message.place(contentIndex);
    const { text } = this;
    if (this.kind === "refusal") {
      writer.write("response.refusal.done", { ...at, refusal: text });
      message.endPart(contentIndex, { type: "refusal", refusal: text });
      return;
    }
    const annotations = encodeAnnotations(this.citations, { start: 0, end: text.length }, context.changes);
    for (const [annotation_index, annotation] of annotations.entries()) {
      writer.write("response.output_text.annotation.added", { ...at, annotation_index, annotation });
    }
    const logprobs = this.logprobs.takeAll();
    writer.write("response.output_text.done", { ...at, text, logprobs });
    const part = closeText(text, annotations, logprobs);
    restoreTextMembers([...this.extensions, ...extensions], part, context.changes);
    message.endPart(contentIndex, part);
  }
}
