import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { type Part, PartSchema, type ReasoningPartSchema } from "@sluice/api/sluice/chat/v1/content";
import type { JsonObject, JsonValue } from "../dialect.ts";
import { createExtension, keepUnknown } from "../extension.ts";
import { arrayOf, isObject, stringOf } from "../json.ts";
import { type EncryptedContent, readEncryptedContent } from "./foreign-signature.ts";
import { isMadeItemId } from "./item-id.ts";
import { dialectName, ownSigner, reasoningFields } from "./wire.ts";

export type DecodedReasoning =
  | { readonly kind: "parts"; readonly parts: Part[] }
  | (EncryptedContent & { readonly kind: "owned" });

/** On the pieces of one item after its first. */
export const continuesNote = "#continues";
/** On the first piece of an item that its provider may have kept under its id. */
export const keptNote = "#kept";

/**
 * Reads a `reasoning` item. Each of its summaries and texts is a piece, all of them with the item's id; what is encrypted stands at the last
 * one, as the signature by which OpenAI knows its reasoning again. An item that says nothing is an empty piece: its id may be needed.
 */
export function decodeReasoning(item: JsonObject): DecodedReasoning {
  const summaries = readTexts(item["summary"]);
  const texts = readTexts(item["content"]);
  const encrypted = stringOf(item["encrypted_content"]) ?? "";
  const content = readEncryptedContent(encrypted, summaries.length + texts.length > 0);
  if (content.kind === "owned") return content;
  const id = readItemId(item);
  if (content.kind === "reasoning") {
    // What was told of another maker's: the text as it was, whatever the place it was told in.
    const text = [...summaries, ...texts].join("");
    return { kind: "parts", parts: [createPart({ text, ...content.init }, [])] };
  }
  const pieces = [
    ...summaries.map((text) => ({ text, summary: true })),
    ...texts.map((text) => ({ text, summary: false })),
  ];
  if (pieces.length === 0) pieces.push({ text: "", summary: false });
  const signed = content.signature === "" ? {} : { signature: content.signature, signer: ownSigner };
  const parts = pieces.map((piece, index) =>
    createPart(
      { ...piece, id, ...(index === pieces.length - 1 && signed) },
      index === 0
        ? [
            ...(id === "" ? [] : [createExtension(dialectName, keptNote, true)]),
            ...keepUnknown(item, reasoningFields, dialectName),
          ]
        : [createExtension(dialectName, continuesNote, true)],
    ),
  );
  return { kind: "parts", parts };
}

function createPart(value: MessageInitShape<typeof ReasoningPartSchema>, extensions: Part["extensions"]): Part {
  return create(PartSchema, { kind: { case: "reasoning", value }, extensions });
}

export function readTexts(list: JsonValue | undefined): string[] {
  return arrayOf(list).flatMap((entry) => {
    const text = isObject(entry) ? stringOf(entry["text"]) : undefined;
    return text === undefined ? [] : [text];
  });
}

/** An item's id as its provider gave it. Empty: none. */
export function readItemId(item: JsonObject): string {
  const id = stringOf(item["id"]) ?? "";
  return isMadeItemId(id) ? "" : id.slice(0, 1024);
}
