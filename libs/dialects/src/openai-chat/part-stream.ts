import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Citation, Part } from "@sluice/api/sluice/chat/v1/content";
import type { ReasoningStartSchema, StreamEvent } from "@sluice/api/sluice/chat/v1/stream_event";
import type { JsonObject } from "../dialect.ts";
import { arrayOf, isObject, stringOf } from "../json.ts";
import type { SignedBytes } from "../signature.ts";
import { createStreamEvent } from "../stream-event.ts";
import {
  createUnknownReasoning,
  noteDetail,
  type ReasoningDetail,
  readReasoningDetail,
  reasoningFieldNote,
} from "./decode-reasoning.ts";

/** The pieces of one candidate that grow one after the other (text, refusal, reasoning), and the numbering of all pieces. */
export interface PartStream {
  text(text: string, citations: Citation[], logprobsJson: string, events: StreamEvent[]): void;
  /** Signs the text that is open, or an empty one. */
  sign(signed: SignedBytes, events: StreamEvent[]): void;
  refusal(text: string, events: StreamEvent[]): void;
  /** Reads the reasoning fields of a delta. */
  reasoning(delta: JsonObject, events: StreamEvent[]): void;
  whole(part: Part, events: StreamEvent[]): void;
  /** The number of a new piece that is numbered here and kept elsewhere. */
  take(): number;
  isTextOpen(): boolean;
  /** Ends what is open. */
  close(events: StreamEvent[]): void;
}

/** `key` tells pieces of reasoning apart; `plain` has the text as far as it came in a plain field, to know it again in the details. */
type Open =
  | { readonly kind: "none" }
  | { readonly kind: "text"; readonly part: number; signed: SignedBytes }
  | { readonly kind: "refusal"; readonly part: number }
  | { readonly kind: "reasoning"; readonly part: number; readonly key: string; plain: string; signed: boolean };

const plainKey = "plain";
const unsigned: SignedBytes = { signer: "", value: "" };

export function createPartStream(candidate: number): PartStream {
  let open: Open = { kind: "none" };
  let next = 0;

  function emit(event: Parameters<typeof createStreamEvent>[0], part: number, events: StreamEvent[]): void {
    events.push(createStreamEvent(event, candidate, part));
  }

  function close(events: StreamEvent[]): void {
    switch (open.kind) {
      case "text":
        emit(
          { case: "textEnd", value: { signature: open.signed.value, signer: open.signed.signer } },
          open.part,
          events,
        );
        break;
      case "refusal":
        emit({ case: "refusalEnd", value: {} }, open.part, events);
        break;
      case "reasoning":
        emit({ case: "reasoningEnd", value: {} }, open.part, events);
        break;
      case "none":
        break;
    }
    open = { kind: "none" };
  }

  function begin(kind: "text" | "refusal", events: StreamEvent[]): number {
    if (open.kind === kind) return open.part;
    close(events);
    const part = next++;
    open = kind === "text" ? { kind, part, signed: unsigned } : { kind, part };
    emit(kind === "text" ? { case: "textStart", value: {} } : { case: "refusalStart", value: {} }, part, events);
    return part;
  }

  function beginReasoning(
    key: string,
    start: MessageInitShape<typeof ReasoningStartSchema>,
    events: StreamEvent[],
  ): number {
    close(events);
    const part = next++;
    open = { kind: "reasoning", part, key, plain: "", signed: false };
    emit({ case: "reasoningStart", value: start }, part, events);
    return part;
  }

  function beginDetail(key: string, detail: ReasoningDetail, events: StreamEvent[]): void {
    const { id, summary, data: redactedData, signer } = detail;
    beginReasoning(key, { id, summary, redactedData, signer, extensions: [noteDetail(detail)] }, events);
  }

  function pushPlain(text: string, field: string, events: StreamEvent[]): void {
    if (text === "") return;
    const extensions = field === "reasoning" ? [reasoningFieldNote] : [];
    const part =
      open.kind === "reasoning" && !open.signed ? open.part : beginReasoning(plainKey, { extensions }, events);
    if (open.kind === "reasoning" && open.key === plainKey) open.plain += text;
    emit({ case: "reasoningDelta", value: { text } }, part, events);
  }

  function pushDetail(detail: ReasoningDetail, events: StreamEvent[]): void {
    const text = detail.text ?? "";
    if (text === "" && detail.signature === "" && detail.data === "") return;
    if (detail.data !== "") {
      beginDetail(`data ${detail.index ?? ""}`, detail, events);
      pushText(text, detail, events);
      close(events);
      return;
    }
    // The whole text over again, with what the plain field could not carry.
    if (open.kind === "reasoning" && open.key === plainKey && (text === "" || text === open.plain)) {
      pushText("", detail, events);
      if (detail.signature !== "" || text !== "") close(events);
      return;
    }
    const key = `${detail.summary ? "summary" : "text"} ${detail.index ?? ""}`;
    if (open.kind !== "reasoning" || open.key !== key) beginDetail(key, detail, events);
    pushText(text, detail, events);
  }

  function pushText(text: string, { signature, signer }: ReasoningDetail, events: StreamEvent[]): void {
    if (open.kind !== "reasoning" || (text === "" && signature === "")) return;
    emit(
      { case: "reasoningDelta", value: { text, signature, signer: signature === "" ? "" : signer } },
      open.part,
      events,
    );
    if (signature !== "") open.signed = true;
  }

  function whole(part: Part, events: StreamEvent[]): void {
    close(events);
    emit({ case: "wholePart", value: part }, next++, events);
  }

  return {
    text(text, citations, logprobsJson, events) {
      if (text === "" && citations.length === 0 && logprobsJson === "") return;
      const part = begin("text", events);
      emit({ case: "textDelta", value: { text, citations, logprobsJson } }, part, events);
    },
    sign(signed, events) {
      begin("text", events);
      if (open.kind === "text") open.signed = signed;
    },
    refusal(text, events) {
      if (text === "") return;
      emit({ case: "refusalDelta", value: { text } }, begin("refusal", events), events);
    },
    reasoning(delta, events) {
      const field = stringOf(delta["reasoning_content"]) ? "reasoning_content" : "reasoning";
      const plain = stringOf(delta[field]) ?? "";
      const details: ReasoningDetail[] = [];
      const unknown: Part[] = [];
      for (const entry of arrayOf(delta["reasoning_details"])) {
        if (!isObject(entry)) continue;
        const detail = readReasoningDetail(entry);
        if (detail === undefined) unknown.push(createUnknownReasoning(entry));
        else details.push(detail);
      }
      // Where a chunk says both, they are the same words.
      if (!details.some(({ text }) => text !== undefined && text !== "")) pushPlain(plain, field, events);
      for (const detail of details) pushDetail(detail, events);
      for (const part of unknown) whole(part, events);
    },
    whole,
    take: () => next++,
    isTextOpen: () => open.kind === "text",
    close,
  };
}
