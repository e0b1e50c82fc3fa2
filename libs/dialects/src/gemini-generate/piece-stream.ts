import { type Part, ToolCallKind } from "@sluice/api/sluice/chat/v1/content";
import type { StreamEvent } from "@sluice/api/sluice/chat/v1/stream_event";
import type { JsonObject } from "../dialect.ts";
import { stringOf } from "../json.ts";
import { createStreamEvent } from "../stream-event.ts";
import { createPartialArguments, type PartialArguments } from "./partial-arguments.ts";
import { decodeSignature } from "./thought-signature.ts";
import type { CallIds } from "./tool-call-id.ts";

/**
 * What is open: nothing, a text or thought that may go on, or a call whose arguments are still told.
 *
 * A text goes on through chunks while it is neither signed nor followed by another kind of piece. A signature belongs to the piece that it came
 * with, and must not be put together with others (https://ai.google.dev/gemini-api/docs/thought-signatures, seen 2026-11-22): an empty text
 * that is signed ends the text before it, which is what it signs; one that says something is a piece of its own.
 */
type Open =
  | { readonly kind: "none" }
  | { readonly kind: "text"; readonly part: number; signature: string; signer: string; sealed: boolean }
  | { readonly kind: "reasoning"; readonly part: number; sealed: boolean }
  | { readonly kind: "call"; readonly part: number; readonly arguments: PartialArguments };

/** A text of the answer so far. */
export type ToldText = { readonly part: number; readonly text: string; readonly isOpen: boolean };

/** What became of a call whose arguments are told in pieces. `whole`: it is none, to be read as any other. */
export type PartialCall = { readonly kind: "whole" | "taken" } | { readonly kind: "fault"; readonly message: string };

/** The pieces of one candidate, in the hub's events. */
export interface PieceStream {
  push(part: Part, events: StreamEvent[]): void;
  /** Takes a part with a `functionCall`, both in camel case. */
  partialCall(part: JsonObject, call: JsonObject, events: StreamEvent[]): PartialCall;
  /** Tells log probabilities with the open text. False: there is none. */
  tellLogprobs(json: string, events: StreamEvent[]): boolean;
  texts(): readonly ToldText[];
  callsFunction(): boolean;
  /** Ends what is open. */
  close(events: StreamEvent[]): void;
}

export function createPieceStream(candidate: number, ids: CallIds): PieceStream {
  let open: Open = { kind: "none" };
  let next = 0;
  let called = false;
  const texts: { readonly part: number; readonly pieces: string[] }[] = [];

  function emit(event: Parameters<typeof createStreamEvent>[0], part: number, events: StreamEvent[]): void {
    events.push(createStreamEvent(event, candidate, part));
  }

  function close(events: StreamEvent[]): void {
    const closing = open;
    open = { kind: "none" };
    switch (closing.kind) {
      case "text": {
        const { signature, signer } = closing;
        emit({ case: "textEnd", value: { signature, signer } }, closing.part, events);
        return;
      }
      case "reasoning":
        emit({ case: "reasoningEnd", value: {} }, closing.part, events);
        return;
      case "call": {
        const told = JSON.stringify(closing.arguments.take());
        emit({ case: "toolCallDelta", value: { arguments: told } }, closing.part, events);
        emit({ case: "toolCallEnd", value: {} }, closing.part, events);
        return;
      }
      case "none":
        return;
    }
  }

  function pushText(part: Part, events: StreamEvent[]): void {
    if (part.kind.case !== "text") return;
    const { text, signature, signer } = part.kind.value;
    const goesOn = open.kind === "text" && !open.sealed && part.extensions.length === 0;
    if (!goesOn || (signature !== "" && text !== "")) {
      close(events);
      open = { kind: "text", part: next++, signature: "", signer: "", sealed: false };
      emit({ case: "textStart", value: { extensions: part.extensions } }, open.part, events);
      texts.push({ part: open.part, pieces: [] });
    }
    if (open.kind !== "text") return;
    if (text !== "") {
      texts.at(-1)?.pieces.push(text);
      emit({ case: "textDelta", value: { text } }, open.part, events);
    }
    // What signs the text may be followed by what is said of it.
    if (signature !== "") Object.assign(open, { signature, signer, sealed: true });
  }

  function pushReasoning(part: Part, events: StreamEvent[]): void {
    if (part.kind.case !== "reasoning") return;
    const { text, signature, signer, id, redactedData, summary } = part.kind.value;
    const goesOn =
      open.kind === "reasoning" && !open.sealed && part.extensions.length === 0 && id === "" && redactedData === "";
    if (!goesOn || (signature !== "" && text !== "")) {
      close(events);
      open = { kind: "reasoning", part: next++, sealed: false };
      const value = { id, summary, redactedData, signer, extensions: part.extensions };
      emit({ case: "reasoningStart", value }, open.part, events);
    }
    if (open.kind !== "reasoning") return;
    if (text !== "" || signature !== "") {
      emit({ case: "reasoningDelta", value: { text, signature, signer } }, open.part, events);
    }
    open.sealed = signature !== "" || redactedData !== "";
  }

  function pushCall(part: Part, events: StreamEvent[]): void {
    if (part.kind.case !== "toolCall") return;
    close(events);
    const { id, tool, toolKind, signature, signer, arguments: input } = part.kind.value;
    const place = next++;
    if (toolKind !== ToolCallKind.SERVER) called = true;
    const value = { id, tool, toolKind, signature, signer, extensions: part.extensions };
    emit({ case: "toolCallStart", value }, place, events);
    emit({ case: "toolCallDelta", value: { arguments: input } }, place, events);
    emit({ case: "toolCallEnd", value: {} }, place, events);
  }

  function partialCall(part: JsonObject, call: JsonObject, events: StreamEvent[]): PartialCall {
    const name = stringOf(call["name"]) ?? "";
    const goesOn = call["willContinue"] === true;
    const pieces = call["partialArgs"];
    if (name !== "" && !goesOn && pieces === undefined) return { kind: "whole" };
    if (name !== "") {
      close(events);
      called = true;
      const id = ids.call(stringOf(call["id"]) ?? "", name, call);
      const { signature, signer } = decodeSignature(part["thoughtSignature"]);
      open = { kind: "call", part: next++, arguments: createPartialArguments() };
      emit({ case: "toolCallStart", value: { id, tool: name.slice(0, 256), signature, signer } }, open.part, events);
    }
    if (open.kind !== "call") return { kind: "fault", message: "a function call goes on that has not begun" };
    const fault = open.arguments.push(pieces);
    if (fault !== undefined) return { kind: "fault", message: fault };
    if (!goesOn) close(events);
    return { kind: "taken" };
  }

  return {
    push(part, events) {
      switch (part.kind.case) {
        case "text":
          pushText(part, events);
          return;
        case "reasoning":
          pushReasoning(part, events);
          return;
        case "toolCall":
          pushCall(part, events);
          return;
        default:
          close(events);
          emit({ case: "wholePart", value: part }, next++, events);
      }
    },
    partialCall,
    tellLogprobs(json, events) {
      if (open.kind !== "text") return false;
      emit({ case: "textDelta", value: { logprobsJson: json } }, open.part, events);
      return true;
    },
    texts: () =>
      texts.map(({ part, pieces }) => ({
        part,
        text: pieces.join(""),
        isOpen: open.kind === "text" && open.part === part,
      })),
    callsFunction: () => called,
    close,
  };
}
