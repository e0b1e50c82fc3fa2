import type { Extension } from "@sluice/api/sluice/chat/v1/content";
import type { JsonObject } from "../dialect.ts";
import { objectOf, parseJson, stringOf, uint32Of } from "../json.ts";
import type { SignedBytes } from "../signature.ts";
import { keepCallFields } from "./decode-tool-call.ts";
import { readExtraContent } from "./extra-content.ts";

/** One delta of `tool_calls`, read. Empty where it does not say. */
export type ToolCallDelta = {
  readonly index: number | undefined;
  readonly id: string;
  readonly name: string;
  readonly input: string;
  readonly custom: boolean;
  readonly signed: SignedBytes;
  readonly extensions: readonly Extension[];
};

/** A call in the making. It is held until its name and its id are known, open while its arguments come, then ended. */
export type ToolCallSlot = {
  readonly index: number | undefined;
  id: string;
  name: string;
  custom: boolean;
  signed: SignedBytes;
  /** What came until the call was told to begin. */
  extensions: readonly Extension[];
  input: string;
  state: { readonly phase: "held" } | { readonly phase: "open"; readonly part: number } | { readonly phase: "ended" };
};

export function readToolCallDelta(call: JsonObject): ToolCallDelta {
  const custom = objectOf(call["custom"]);
  const called = custom ?? objectOf(call["function"]);
  const input = custom === undefined ? called?.["arguments"] : custom["input"];
  return {
    index: uint32Of(call["index"]),
    id: stringOf(call["id"]) ?? "",
    name: stringOf(called?.["name"]) ?? "",
    input: typeof input === "string" ? input : input === undefined || input === null ? "" : JSON.stringify(input),
    custom: custom !== undefined || call["type"] === "custom",
    signed: readExtraContent(call["extra_content"]).signed,
    extensions: keepCallFields(call),
  };
}

/**
 * Finds the call that a delta belongs to, or makes one; undefined where it belongs to none. OpenAI numbers calls and gives each id and name
 * once, in the first delta. Compatible providers leave the index out, give every call index 0, repeat the id and name in every delta, or
 * give them late. So: the id decides, then the index, then the order; and a name on a call that is complete begins another, even with an id
 * that came before where its index is new.
 */
export function findSlot(slots: ToolCallSlot[], delta: ToolCallDelta): ToolCallSlot | undefined {
  const slot = matchSlot(slots, delta);
  if (slot !== undefined && !beginsAnother(slot, delta)) return slot;
  if (slot === undefined && delta.index === undefined && delta.id === "" && delta.name === "") return undefined;
  const made: ToolCallSlot = {
    index: delta.index,
    id: "",
    name: "",
    custom: delta.custom,
    signed: { signer: "", value: "" },
    extensions: [],
    input: "",
    state: { phase: "held" },
  };
  slots.push(made);
  return made;
}

function matchSlot(slots: readonly ToolCallSlot[], delta: ToolCallDelta): ToolCallSlot | undefined {
  if (delta.id !== "") {
    const known = slots.findLast((slot) => slot.id === delta.id && !repeatsId(slot, delta));
    if (known !== undefined) return known;
  }
  if (delta.index !== undefined) return slots.findLast((slot) => slot.index === delta.index);
  const last = slots.at(-1);
  if (delta.id === "" && delta.name === "") return last;
  // An id or a name without an index: what a held call still lacks, else another call.
  return last?.state.phase === "held" ? last : undefined;
}

/** Whether the delta begins another call, to which the provider gave the same id. */
function repeatsId(slot: ToolCallSlot, delta: ToolCallDelta): boolean {
  const hasNewIndex = slot.index !== undefined && delta.index !== undefined && slot.index !== delta.index;
  return hasNewIndex && delta.name !== "" && isComplete(slot);
}

function beginsAnother(slot: ToolCallSlot, delta: ToolCallDelta): boolean {
  if (delta.name === "" || slot.name === "") return false;
  if (delta.id !== "" && slot.id !== "") return delta.id !== slot.id;
  return delta.name !== slot.name || (slot.input !== "" && parseJson(slot.input) !== undefined);
}

/** Whether the arguments are whole: then the call may be ended before the answer is. */
export function isComplete(slot: ToolCallSlot): boolean {
  return !slot.custom && slot.input !== "" && parseJson(slot.input) !== undefined;
}
