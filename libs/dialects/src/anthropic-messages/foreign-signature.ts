import type { ReasoningPart } from "@sluice/api/sluice/chat/v1/content";
import { isObject, parseJson, stringOf } from "../json.ts";
import { type SignedBytes, unsignedMark, unwrapSignature, wrapSignature } from "../signature.ts";
import type { Draft, Tagged } from "./wire.ts";

// What other makers signed, on its way through a client that speaks Anthropic's language. Clients send back `thinking` and
// `redacted_thinking` blocks as they got them, so these carry it, in an envelope by which it is known:
//
// - Reasoning with text is a `thinking` block with the envelope as its signature; without text, a `redacted_thinking` block.
// - A signature over a tool call (Gemini's) is a `redacted_thinking` block before the call, and names the call by its id, so that it finds the
//   very call among several. One over a text, which is known when the text ends, is such a block after the text.
// - Reasoning that nobody signed has a mark in place of a signature.

/** The maker whose places these are. */
export const ownSigner = "anthropic";

/** The name in an envelope of a signer that is not known. */
const unknownSigner = "unknown";

type Reasoning = Pick<ReasoningPart, "text" | "signature" | "redactedData" | "id" | "summary" | "signer">;

/** Whether Anthropic has signed it, as far as is known: it may be sent to Anthropic. */
export function isOwnReasoning({ signature, redactedData, id, signer }: Omit<Reasoning, "text" | "summary">): boolean {
  const isSigned = signature !== "" || redactedData !== "";
  return isSigned && (signer === ownSigner || (signer === "" && id === ""));
}

/** The blocks by which reasoning is told to a client; none where it says nothing. */
export function tellReasoning(reasoning: Reasoning): readonly Draft[] {
  const { text, signature, redactedData, id, signer } = reasoning;
  if (signature === "" && redactedData === "" && id === "") {
    return text === "" ? [] : [{ type: "thinking", thinking: text, signature: unsignedMark }];
  }
  if (signer === ownSigner) {
    const redacted = redactedData === "" ? [] : [{ type: "redacted_thinking", data: redactedData }];
    return text === "" && signature === "" ? redacted : [{ type: "thinking", thinking: text, signature }, ...redacted];
  }
  const envelope = wrapReasoning(reasoning);
  if (text === "") return [{ type: "redacted_thinking", data: envelope }];
  return [{ type: "thinking", thinking: text, signature: envelope }];
}

/** The bare bytes where they are all there is, and where their place says which they are. */
function wrapReasoning({ text, signature, redactedData: data, id, summary, signer }: Reasoning): string {
  const isBare = id === "" && !summary && (text === "" ? signature === "" : data === "");
  if (isBare) return wrap({ signer, value: text === "" ? data : signature });
  const told = { for: "reasoning", ...(signature !== "" && { signature }), ...(data !== "" && { data }) };
  return wrap({ signer, value: JSON.stringify({ ...told, ...(id !== "" && { id }), ...(summary && { summary }) }) });
}

/** What a signature is over, where it is not over reasoning. A text is the one before, or an empty one of its own. */
export type SignatureOwner =
  | { readonly kind: "tool_call"; readonly id: string }
  | { readonly kind: "text" }
  | { readonly kind: "empty_text" };

/** The block by which a client is told a signature over something that is not reasoning. */
export function tellSignature(owner: SignatureOwner, { signer, value }: SignedBytes): Draft {
  const told = { for: owner.kind, ...(owner.kind === "tool_call" && { id: owner.id }), signature: value };
  return { type: "redacted_thinking", data: wrap({ signer, value: JSON.stringify(told) }) };
}

function wrap({ signer, value }: SignedBytes): string {
  return wrapSignature({ signer: signer === "" ? unknownSigner : signer, value }, ownSigner);
}

function unwrap(text: string): SignedBytes {
  const { signer, value } = unwrapSignature(text, ownSigner);
  return { signer: value === "" || signer === unknownSigner ? "" : signer, value };
}

export type ReasoningInit = Partial<Reasoning>;

/** A `thinking` block's reasoning. */
export function readThinking(text: string, signature: string): ReasoningInit {
  const { signer, value } = unwrap(signature);
  return readTold(value, signer, text) ?? { text, signature: value, signer };
}

/** A `redacted_thinking` block's reasoning. */
export function readRedacted(data: string): ReasoningInit {
  const { signer, value } = unwrap(data);
  return readTold(value, signer, "") ?? { redactedData: value, signer };
}

function readTold(value: string, signer: string, text: string): ReasoningInit | undefined {
  const told = signer === ownSigner ? undefined : parseJson(value);
  if (!isObject(told) || told["for"] !== "reasoning") return undefined;
  return {
    text,
    signature: stringOf(told["signature"]) ?? "",
    redactedData: stringOf(told["data"]) ?? "",
    id: (stringOf(told["id"]) ?? "").slice(0, 1024),
    summary: told["summary"] === true,
    signer,
  };
}

export type OwnedSignature = SignedBytes & { readonly owner: SignatureOwner };

/** The signature in a block that `tellSignature` made. Undefined: the block is another. */
export function readOwnedSignature(block: Tagged): OwnedSignature | undefined {
  const data = block.type === "redacted_thinking" ? stringOf(block["data"]) : undefined;
  if (data === undefined) return undefined;
  const { signer, value } = unwrap(data);
  const told = signer === ownSigner ? undefined : parseJson(value);
  const signature = isObject(told) ? stringOf(told["signature"]) : undefined;
  if (!isObject(told) || signature === undefined) return undefined;
  switch (told["for"]) {
    case "tool_call":
      return { signer, value: signature, owner: { kind: "tool_call", id: stringOf(told["id"]) ?? "" } };
    case "text":
    case "empty_text":
      return { signer, value: signature, owner: { kind: told["for"] } };
    default:
      return undefined;
  }
}
