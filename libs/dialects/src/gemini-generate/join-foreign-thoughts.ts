import { type Message, type Part, type ReasoningPart, Role } from "@sluice/api/sluice/chat/v1/content";
import { ownSigner } from "./wire.ts";

/**
 * Puts thoughts of other makers together again. A client keeps the chunks of a stream one after the other as it got them, as parts of a turn or as
 * turns of their own (`Chat` of npm `@google/genai` 3.1.0, seen 2026-11-22): the text in pieces, and an empty thought with what signs it last. Its
 * maker wants the signature with the whole text. What Google signed stays apart, as Google asks.
 */
export function joinForeignThoughts(messages: readonly Message[]): Message[] {
  // The unsigned thoughts that were read last, and those that another thought turned out to sign.
  let open: Part[] = [];
  const taken = new Set<Part>();
  for (const { role, parts } of messages) {
    if (role !== Role.ASSISTANT) open = [];
    for (const part of parts) {
      if (isUnsignedThought(part)) {
        open.push(part);
        continue;
      }
      if (part.kind.case === "reasoning" && signsWhatCameBefore(part.kind.value)) {
        part.kind.value.text = open.map(readThought).join("");
        for (const piece of open) taken.add(piece);
      }
      open = [];
    }
  }
  return messages.filter((message) => {
    const left = message.parts.filter((part) => !taken.has(part));
    const isGone = left.length === 0 && message.parts.length > 0;
    message.parts = left;
    return !isGone;
  });
}

function signsWhatCameBefore({ text, signature, redactedData, id, signer }: ReasoningPart): boolean {
  return text === "" && signer !== ownSigner && (signature !== "" || id !== "") && redactedData === "";
}

function isUnsignedThought({ kind, extensions }: Part): boolean {
  if (kind.case !== "reasoning" || extensions.length > 0) return false;
  const { text, signature, redactedData, id } = kind.value;
  return text !== "" && signature === "" && redactedData === "" && id === "";
}

function readThought({ kind }: Part): string {
  return kind.case === "reasoning" ? kind.value.text : "";
}
