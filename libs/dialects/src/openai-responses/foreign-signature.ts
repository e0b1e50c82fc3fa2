import type { MessageInitShape } from "@bufbuild/protobuf";
import type { ReasoningPart, ReasoningPartSchema } from "@sluice/api/sluice/chat/v1/content";
import { isObject, parseJson, stringOf } from "../json.ts";
import { type SignedBytes, unwrapSignature, wrapSignature } from "../signature.ts";
import { ownSigner } from "./wire.ts";

// What other makers signed, on its way through a client of this dialect. Clients send `reasoning` items back as they got them, so these carry
// it in `encrypted_content`, in an envelope by which it is known:
//
// - Reasoning with text is an item with the text in `summary`; without text, an item with an empty one.
// - A signature over a tool call (Gemini's) is an item of its own before the call, and names the call by its id. One over a text, which is known
//   when the text ends, is an item after the message.
//
// Reasoning that nobody signed needs no envelope: its text stands in `content`, and the item has none of `encrypted_content`.

/** The name in an envelope of a signer that is not known. */
const unknownSigner = "unknown";

type Reasoning = Pick<ReasoningPart, "text" | "signature" | "redactedData" | "id" | "summary" | "signer">;

/** What a signature is over, where it is not over reasoning. A text is the one before, or an empty one of its own. */
export type SignatureOwner =
  | { readonly kind: "tool_call"; readonly id: string }
  | { readonly kind: "text" }
  | { readonly kind: "empty_text" };

/** What an item's `encrypted_content` says. */
export type EncryptedContent =
  | { readonly kind: "own"; readonly signature: string }
  | { readonly kind: "reasoning"; readonly init: MessageInitShape<typeof ReasoningPartSchema> }
  | { readonly kind: "owned"; readonly owner: SignatureOwner; readonly signed: SignedBytes };

/** The `encrypted_content` of another maker's reasoning. Empty: there is nothing that the text alone does not say. */
export function wrapReasoning({ text, signature, redactedData: data, id, summary, signer }: Reasoning): string {
  if (signature === "" && data === "" && id === "") return "";
  const isBare = id === "" && !summary && (text === "" ? signature === "" : data === "");
  if (isBare) return wrap({ signer, value: text === "" ? data : signature });
  const told = { for: "reasoning", ...(signature !== "" && { signature }), ...(data !== "" && { data }) };
  return wrap({ signer, value: JSON.stringify({ ...told, ...(id !== "" && { id }), ...(summary && { summary }) }) });
}

/** The `encrypted_content` of the item by which a client is told a signature over something that is not reasoning. */
export function wrapOwnedSignature(owner: SignatureOwner, { signer, value }: SignedBytes): string {
  const told = { for: owner.kind, ...(owner.kind === "tool_call" && { id: owner.id }), signature: value };
  return wrap({ signer: signer === ownSigner ? unknownSigner : signer, value: JSON.stringify(told) });
}

function wrap({ signer, value }: SignedBytes): string {
  return wrapSignature({ signer: signer === "" ? unknownSigner : signer, value }, ownSigner);
}

/** `hasText`: whether the item says any text. */
export function readEncryptedContent(text: string, hasText: boolean): EncryptedContent {
  const { signer: wrapped, value } = unwrapSignature(text, ownSigner);
  if (wrapped === ownSigner || value === "") return { kind: "own", signature: value };
  const signer = wrapped === unknownSigner ? "" : wrapped;
  const told = parseJson(value);
  const kind = isObject(told) ? told["for"] : undefined;
  if (isObject(told) && kind === "reasoning") {
    return {
      kind: "reasoning",
      init: {
        signature: stringOf(told["signature"]) ?? "",
        redactedData: stringOf(told["data"]) ?? "",
        id: (stringOf(told["id"]) ?? "").slice(0, 1024),
        summary: told["summary"] === true,
        signer,
      },
    };
  }
  const signature = isObject(told) ? stringOf(told["signature"]) : undefined;
  if (isObject(told) && signature !== undefined && isOwnerKind(kind)) {
    const owner: SignatureOwner = kind === "tool_call" ? { kind, id: stringOf(told["id"]) ?? "" } : { kind };
    return { kind: "owned", owner, signed: { signer, value: signature } };
  }
  return { kind: "reasoning", init: hasText ? { signature: value, signer } : { redactedData: value, signer } };
}

function isOwnerKind(kind: unknown): kind is SignatureOwner["kind"] {
  return kind === "tool_call" || kind === "text" || kind === "empty_text";
}

/** Whether it is for OpenAI's models alone: what an `encrypted_content` of theirs said, or what is kept for them under the item's id. */
export function isOwnReasoning({ signature, redactedData, signer }: Reasoning): boolean {
  return (signature !== "" || redactedData !== "") && signer === ownSigner;
}
