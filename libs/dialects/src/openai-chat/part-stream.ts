import type { Citation, Part } from "@sluice/api/sluice/chat/v1/content";
import type { StreamEvent } from "@sluice/api/sluice/chat/v1/stream_event";
import type { JsonObject } from "../dialect.ts";
import { arrayOf, isObject, stringOf } from "../json.ts";
import { createStreamEvent } from "../stream-event.ts";
import { createUnknownReasoning, type ReasoningDetail, readReasoningDetail } from "./decode-reasoning.ts";

/** The pieces of one candidate that grow one after the other (text, refusal, reasoning), and the numbering of all pieces. */
export interface PartStream {
  text(text: string, citations: Citation[], logprobsJson: string, events: StreamEvent[]): void;
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
  | { readonly kind: "text" | "refusal"; readonly part: number }
  | { readonly kind: "reasoning"; readonly part: number; readonly key: string; plain: string; signed: boolean };

const plainKey = "plain";

export function createPartStream(candidate: number): PartStream {
  let open: Open = { kind: "none" };
  let next = 0;

  function emit(event: Parameters<typeof createStreamEvent>[0], part: number, events: StreamEvent[]): void {
    events.push(createStreamEvent(event, candidate, part));
  }

  function close(events: StreamEvent[]): void {
    switch (open.kind) {
      case "text":
        emit({ case: "textEnd", value: {} }, open.part, events);
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
    open = { kind, part };
    emit(kind === "text" ? { case: "textStart", value: {} } : { case: "refusalStart", value: {} }, part, events);
    return part;
  }

  function beginReasoning(key: string, detail: ReasoningDetail | undefined, events: StreamEvent[]): number {
    close(events);
    const part = next++;
    open = { kind: "reasoning", part, key, plain: "", signed: false };
    const value = { id: detail?.id ?? "", summary: detail?.summary ?? false, redactedData: detail?.data ?? "" };
    emit({ case: "reasoningStart", value }, part, events);
    return part;
  }

  function pushPlain(text: string, events: StreamEvent[]): void {
    if (text === "") return;
    const part = open.kind === "reasoning" && !open.signed ? open.part : beginReasoning(plainKey, undefined, events);
    if (open.kind === "reasoning" && open.key === plainKey) open.plain += text;
    emit({ case: "reasoningDelta", value: { text } }, part, events);
  }

  function pushDetail(detail: ReasoningDetail, events: StreamEvent[]): void {
    const text = detail.text ?? "";
    if (text === "" && detail.signature === "" && detail.data === "") return;
    if (detail.data !== "") {
      beginReasoning(`data ${detail.index ?? ""}`, detail, events);
      if (text !== "" || detail.signature !== "") pushText(text, detail.signature, events);
      close(events);
      return;
    }
    // The whole text over again, with what the plain field could not carry.
    if (open.kind === "reasoning" && open.key === plainKey && (text === "" || text === open.plain)) {
      pushText("", detail.signature, events);
      if (detail.signature !== "" || text !== "") close(events);
      return;
    }
    const key = `${detail.summary ? "summary" : "text"} ${detail.index ?? ""}`;
    if (open.kind !== "reasoning" || open.key !== key) beginReasoning(key, detail, events);
    pushText(text, detail.signature, events);
  }

  function pushText(text: string, signature: string, events: StreamEvent[]): void {
    if (open.kind !== "reasoning" || (text === "" && signature === "")) return;
    emit({ case: "reasoningDelta", value: { text, signature } }, open.part, events);
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
    refusal(text, events) {
      if (text === "") return;
      emit({ case: "refusalDelta", value: { text } }, begin("refusal", events), events);
    },
    reasoning(delta, events) {
      const plain = stringOf(delta["reasoning_content"]) || stringOf(delta["reasoning"]) || "";
      const details: ReasoningDetail[] = [];
      const unknown: Part[] = [];
      for (const entry of arrayOf(delta["reasoning_details"])) {
        if (!isObject(entry)) continue;
        const detail = readReasoningDetail(entry);
        if (detail === undefined) unknown.push(createUnknownReasoning(entry));
        else details.push(detail);
      }
      // Where a chunk says both, they are the same words.
      if (!details.some(({ text }) => text !== undefined && text !== "")) pushPlain(plain, events);
      for (const detail of details) pushDetail(detail, events);
      for (const part of unknown) whole(part, events);
    },
    whole,
    take: () => next++,
    isTextOpen: () => open.kind === "text",
    close,
  };
}
