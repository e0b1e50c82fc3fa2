import type { JsonObject } from "../dialect.ts";
import { createExtension, keepUnknown } from "../extension.ts";
import { objectOf, stringOf, uint32Of } from "../json.ts";
import { continuesNote, keptNote, readItemId, readTexts } from "./decode-reasoning.ts";
import { readEncryptedContent, type SignatureOwner } from "./foreign-signature.ts";
import { type ItemStream, type PieceSink, restOf } from "./piece-sink.ts";
import { dialectName, ownSigner, reasoningFields } from "./wire.ts";

type Piece = { readonly key: string; readonly part: number; told: string };

/**
 * Reasoning: its summaries and texts one after the other, each a piece. The last stays open until the item is done, since what is encrypted is
 * whole only then: what `response.output_item.added` has of it is another.
 */
export function createReasoningStream(opening: JsonObject, sink: PieceSink): ItemStream {
  const id = readItemId(opening);
  const ended = new Set<string>();
  let open: Piece | undefined;
  let begun = 0;

  function begin(
    key: string,
    init: { readonly summary: boolean; readonly redactedData?: string; readonly signer?: string },
  ): Piece {
    close();
    const first = [
      ...(id === "" ? [] : [createExtension(dialectName, keptNote, true)]),
      ...keepUnknown(opening, reasoningFields, dialectName),
    ];
    const extensions = begun === 0 ? first : [createExtension(dialectName, continuesNote, true)];
    const piece = { key, part: sink.next(), told: "" };
    begun += 1;
    open = piece;
    sink.emit({ case: "reasoningStart", value: { id, ...init, extensions } }, piece.part);
    return piece;
  }

  function find(kind: "summary" | "content", index: number): Piece | undefined {
    const key = `${kind} ${index}`;
    if (ended.has(key)) return undefined;
    return open?.key === key ? open : begin(key, { summary: kind === "summary" });
  }

  function say(piece: Piece, text: string): void {
    if (text === "") return;
    piece.told += text;
    sink.emit({ case: "reasoningDelta", value: { text } }, piece.part);
  }

  function close(): void {
    if (open === undefined) return;
    ended.add(open.key);
    sink.emit({ case: "reasoningEnd", value: {} }, open.part);
    open = undefined;
  }

  function sign(owner: SignatureOwner, signer: string, signature: string): void {
    if (owner.kind === "tool_call") {
      sink.callSignatures.set(owner.id, { signer, value: signature });
      return;
    }
    const part = sink.next();
    sink.emit({ case: "textStart", value: {} }, part);
    sink.emit({ case: "textEnd", value: { signature, signer } }, part);
  }

  function endWith(item: JsonObject): void {
    for (const [kind, field] of [["summary", "summary"] as const, ["content", "content"] as const]) {
      for (const [index, text] of readTexts(item[field]).entries()) {
        const piece = find(kind, index);
        if (piece !== undefined) say(piece, restOf(text, piece.told));
      }
    }
    const encrypted = readEncryptedContent(stringOf(item["encrypted_content"]) ?? "", begun > 0);
    if (encrypted.kind === "owned") {
      sign(encrypted.owner, encrypted.signed.signer, encrypted.signed.value);
      return;
    }
    const {
      signature = "",
      redactedData = "",
      signer = "",
    } = encrypted.kind === "own"
      ? { signature: encrypted.signature, signer: encrypted.signature === "" ? "" : ownSigner }
      : encrypted.init;
    if (redactedData !== "") begin("redacted", { summary: false, redactedData, signer });
    else if (begun === 0) begin("nothing", { summary: false, signer });
    if (signature !== "" && open !== undefined) {
      sink.emit({ case: "reasoningDelta", value: { signature, signer } }, open.part);
    }
  }

  return {
    push(type, data) {
      const kind = type.startsWith("response.reasoning_summary") ? "summary" : "content";
      const index = uint32Of(data[kind === "summary" ? "summary_index" : "content_index"]) ?? 0;
      switch (type) {
        case "response.reasoning_summary_part.added":
        case "response.content_part.added":
          find(kind, index);
          return undefined;
        case "response.reasoning_summary_text.delta":
        case "response.reasoning_text.delta": {
          const { delta } = data;
          const piece = find(kind, index);
          if (typeof delta !== "string" || piece === undefined) return `${type} without a delta, or after its end`;
          say(piece, delta);
          return undefined;
        }
        case "response.reasoning_summary_text.done":
        case "response.reasoning_text.done":
        case "response.reasoning_summary_part.done":
        case "response.content_part.done": {
          const piece = find(kind, index);
          const text = stringOf(data["text"]) ?? stringOf(objectOf(data["part"])?.["text"]);
          if (piece !== undefined) say(piece, restOf(text, piece.told));
          return undefined;
        }
        default:
          return undefined;
      }
    },
    end(item) {
      if (item !== undefined) endWith(item);
      else if (begun === 0) begin("nothing", { summary: false });
      close();
      return undefined;
    },
    close,
  };
}
