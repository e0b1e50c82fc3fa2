import type { Part } from "@sluice/api/sluice/chat/v1/content";
import { readExtension } from "../extension.ts";
import { itemNote, messageNote } from "./decode-item.ts";
import { continuesNote } from "./decode-reasoning.ts";
import { isOwnReasoning } from "./foreign-signature.ts";
import { dialectName } from "./wire.ts";

/** A part and its place among the parts of its turn. */
export type PlacedPart = { readonly part: Part; readonly index: number };

/** The parts of one item. */
export type PartGroup =
  | { readonly kind: "message"; readonly parts: PlacedPart[] }
  | { readonly kind: "reasoning"; readonly parts: PlacedPart[] }
  | { readonly kind: "single"; readonly parts: readonly [PlacedPart] };

/**
 * Tells which parts of a turn of the model's make one item: texts and refusals that follow one another, as far as no other message is noted to
 * begin; pieces of reasoning that are noted to be one's, or have one id. Reasoning of which nothing but its text is known belongs to what
 * OpenAI encrypted right after it: so it comes back through a dialect that has no place for ids.
 */
export function groupParts(parts: readonly Part[]): PartGroup[] {
  const groups: PartGroup[] = [];
  for (const [index, part] of parts.entries()) {
    const placed = { part, index };
    const kind = kindOf(part);
    const last = groups.at(-1);
    if (kind === "single") groups.push({ kind, parts: [placed] });
    else if (last?.kind === kind && belongs(part, kind, last.parts)) last.parts.push(placed);
    else groups.push({ kind, parts: [placed] });
  }
  return groups;
}

function kindOf(part: Part): PartGroup["kind"] {
  switch (part.kind.case) {
    case "text":
    case "refusal":
      return "message";
    case "reasoning":
      return "reasoning";
    case "opaque":
      return part.kind.value.dialect === dialectName &&
        readExtension(part.extensions, dialectName, itemNote) === undefined
        ? "message"
        : "single";
    default:
      return "single";
  }
}

function belongs(part: Part, kind: "message" | "reasoning", before: readonly PlacedPart[]): boolean {
  if (kind === "message") return readExtension(part.extensions, dialectName, messageNote) === undefined;
  if (readExtension(part.extensions, dialectName, continuesNote) !== undefined) return true;
  const last = before.at(-1)?.part.kind;
  if (part.kind.case !== "reasoning" || last?.case !== "reasoning") return false;
  const { id } = part.kind.value;
  const { id: lastId, signature, redactedData } = last.value;
  if (signature !== "" || redactedData !== "") return false;
  return (id !== "" && lastId === id) || (lastId === "" && isOwnReasoning(part.kind.value));
}
