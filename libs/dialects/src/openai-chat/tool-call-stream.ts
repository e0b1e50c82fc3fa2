import { ToolCallKind } from "@sluice/api/sluice/chat/v1/content";
import type { StreamEvent } from "@sluice/api/sluice/chat/v1/stream_event";
import type { JsonObject } from "../dialect.ts";
import { arrayOf, isObject, objectOf } from "../json.ts";
import { createStreamEvent } from "../stream-event.ts";
import { createCallId, createLegacyCallId } from "./decode-response.ts";
import type { PartStream } from "./part-stream.ts";
import { findSlot, isComplete, readToolCallDelta, type ToolCallDelta, type ToolCallSlot } from "./tool-call-slots.ts";

/** The tool calls of one candidate, which may interleave. Faults are returned in words. */
export interface ToolCallStream {
  readonly hasCalls: boolean;
  push(delta: JsonObject, events: StreamEvent[]): string | undefined;
  /** The answer is whole: starts and ends what is left. */
  end(events: StreamEvent[]): string | undefined;
  /** The answer is broken off. */
  close(events: StreamEvent[]): void;
}

const maxCalls = 4_096;

export function createToolCallStream(candidate: number, responseId: string, parts: PartStream): ToolCallStream {
  const slots: ToolCallSlot[] = [];
  let legacy: ToolCallSlot | undefined;

  function emit(event: Parameters<typeof createStreamEvent>[0], part: number, events: StreamEvent[]): void {
    events.push(createStreamEvent(event, candidate, part));
  }

  function pushDelta(delta: ToolCallDelta, slot: ToolCallSlot, events: StreamEvent[]): string | undefined {
    if (slot.name === "") slot.name = delta.name;
    if (slot.id === "") slot.id = delta.id;
    if (slot.signed.value === "") slot.signed = delta.signed;
    if (slot.state.phase === "held" && delta.extensions.length > 0) slot.extensions = delta.extensions;
    slot.custom ||= delta.custom;
    if (slot.state.phase === "ended") {
      return delta.input.trim() === "" ? undefined : `more arguments for tool call ${slot.index ?? ""} after its end`;
    }
    slot.input += delta.input;
    if (slot.state.phase === "open") {
      if (delta.input !== "")
        emit({ case: "toolCallDelta", value: { arguments: delta.input } }, slot.state.part, events);
    } else if (slot.name !== "" && slot.id !== "") begin(slot, events);
    return undefined;
  }

  function begin(slot: ToolCallSlot, events: StreamEvent[]): void {
    parts.close(events);
    endComplete(slot, events);
    const part = parts.take();
    slot.state = { phase: "open", part };
    const toolKind = slot.custom ? ToolCallKind.CUSTOM : ToolCallKind.UNSPECIFIED;
    const { signer, value: signature } = slot.signed;
    const named = { id: slot.id.slice(0, 1024), tool: slot.name.slice(0, 256), toolKind };
    const value = { ...named, signature, signer, extensions: [...slot.extensions] };
    emit({ case: "toolCallStart", value }, part, events);
    if (slot.input !== "") emit({ case: "toolCallDelta", value: { arguments: slot.input } }, part, events);
  }

  /** Ends the calls before this one whose arguments are whole, so that clients that take one piece at a time need not wait. */
  function endComplete(next: ToolCallSlot, events: StreamEvent[]): void {
    for (const slot of slots) if (slot !== next && slot.state.phase === "open" && isComplete(slot)) end(slot, events);
  }

  function end(slot: ToolCallSlot, events: StreamEvent[]): void {
    if (slot.state.phase !== "open") return;
    emit({ case: "toolCallEnd", value: {} }, slot.state.part, events);
    slot.state = { phase: "ended" };
  }

  return {
    get hasCalls() {
      return slots.length > 0;
    },
    push(delta, events) {
      for (const call of arrayOf(delta["tool_calls"])) {
        if (!isObject(call)) return "tool_calls has an entry that is not an object";
        const read = readToolCallDelta(call);
        const slot = findSlot(slots, read);
        if (slot === undefined) return "a tool call's arguments before its name";
        if (slots.length > maxCalls) return `more than ${maxCalls} tool calls`;
        const fault = pushDelta(read, slot, events);
        if (fault !== undefined) return fault;
      }
      const called = objectOf(delta["function_call"]);
      if (called === undefined) return undefined;
      const read = { ...readToolCallDelta({ function: called }), id: createLegacyCallId(responseId, candidate) };
      legacy ??= findSlot(slots, read);
      return legacy === undefined ? undefined : pushDelta(read, legacy, events);
    },
    end(events) {
      for (const [position, slot] of slots.entries()) {
        if (slot.state.phase === "held") {
          if (slot.name === "") return "a tool call without a name";
          if (slot.id === "") slot.id = createCallId(responseId, candidate, position);
          begin(slot, events);
        }
        if (slot.state.phase !== "open") continue;
        // The hub's form of no arguments.
        if (slot.input.trim() === "" && !slot.custom) {
          emit({ case: "toolCallDelta", value: { arguments: "{}" } }, slot.state.part, events);
        }
        end(slot, events);
      }
      return undefined;
    },
    close(events) {
      for (const slot of slots) end(slot, events);
    },
  };
}
