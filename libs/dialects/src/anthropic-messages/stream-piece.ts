import type { Part } from "@sluice/api/sluice/chat/v1/content";
import { ToolCallKind } from "@sluice/api/sluice/chat/v1/content";
import type { StreamEvent } from "@sluice/api/sluice/chat/v1/stream_event";
import type { JsonObject, JsonValue } from "../dialect.ts";
import { reportForeignExtensions } from "../extension.ts";
import { parseJson } from "../json.ts";
import type { Changes } from "../parameter-change.ts";
import { encodeCitation } from "./citation.ts";
import { encodeOutputPart } from "./encode-output.ts";
import { dialectName } from "./wire.ts";

/** A piece of the answer on its way to becoming a content block. */
export type Piece = {
  /** What `content_block_start` says. */
  readonly opening: JsonObject;
  readonly kind: "text" | "thinking" | "redacted" | "tool" | "custom" | "whole";
  /** The block's place among those sent; undefined until it is opened. */
  index: number | undefined;
  /** Deltas that wait for their turn. */
  readonly held: JsonObject[];
  signature: string;
  ended: boolean;
};

export function createPiece(kind: Piece["kind"], opening: JsonObject): Piece {
  return { kind, opening, index: undefined, held: [], signature: "", ended: false };
}

/** The pieces that an event begins: one, or for a part that comes whole as many as Anthropic makes of it. Undefined: it begins none. */
export function beginPieces(event: StreamEvent, fallbackId: string, changes: Changes): readonly Piece[] | undefined {
  const { event: kind } = event;
  switch (kind.case) {
    case "textStart":
      return [createPiece("text", { type: "text", text: "" })];
    case "refusalStart":
      changes.convert("refusal", "a refusal told as text");
      return [createPiece("text", { type: "text", text: "" })];
    case "reasoningStart":
      return kind.value.redactedData === ""
        ? [createPiece("thinking", { type: "thinking", thinking: "", signature: "" })]
        : [createPiece("redacted", { type: "redacted_thinking", data: kind.value.redactedData })];
    case "toolCallStart": {
      const { toolKind, tool: name, signature } = kind.value;
      const id = kind.value.id === "" ? `toolu_${fallbackId}_${event.part}` : kind.value.id;
      if (signature !== "") changes.drop("tool_calls.signature", "Anthropic signs no calls");
      if (toolKind === ToolCallKind.CUSTOM) changes.convert("tool_calls.input", "free text told as an object");
      const type = toolKind === ToolCallKind.SERVER ? "server_tool_use" : "tool_use";
      return [createPiece(toolKind === ToolCallKind.CUSTOM ? "custom" : "tool", { type, id, name, input: {} })];
    }
    case "wholePart":
      return encodeWhole(kind.value, event.part, fallbackId, changes);
    default:
      return undefined;
  }
}

/** What an event adds to its piece, as `delta` objects. Undefined: it adds to none. */
export function readDeltas(event: StreamEvent, piece: Piece, changes: Changes): readonly JsonObject[] | undefined {
  const { event: kind } = event;
  switch (kind.case) {
    case "textDelta": {
      const deltas: JsonObject[] = [];
      if (kind.value.text !== "") deltas.push({ type: "text_delta", text: kind.value.text });
      for (const citation of kind.value.citations) {
        const encoded = encodeCitation(citation);
        if (encoded === undefined) changes.drop("citations", "a citation without an address");
        else deltas.push({ type: "citations_delta", citation: encoded });
      }
      if (kind.value.logprobsJson !== "") changes.drop("logprobs", "Anthropic tells none");
      for (const extension of kind.value.extensions) {
        const own = extension.dialect === dialectName ? parseJson(extension.json) : undefined;
        if (own !== undefined) deltas.push(own as JsonObject);
      }
      reportForeignExtensions(kind.value.extensions, dialectName, changes);
      return deltas;
    }
    case "refusalDelta":
      return kind.value.text === "" ? [] : [{ type: "text_delta", text: kind.value.text }];
    case "reasoningDelta":
      if (piece.kind === "redacted") {
        if (kind.value.text !== "") changes.drop("reasoning", "text beside reasoning that is redacted");
        return [];
      }
      // A client's SDK takes the last signature as the whole one, so it is told once, at the end.
      piece.signature += kind.value.signature;
      return kind.value.text === "" ? [] : [{ type: "thinking_delta", thinking: kind.value.text }];
    case "toolCallDelta": {
      const text = kind.value.arguments;
      if (text === "") return [];
      return [inputDelta(piece.kind === "custom" ? JSON.stringify(text).slice(1, -1) : text)];
    }
    default:
      return undefined;
  }
}

/** What precedes the deltas of a piece once it is opened, and what closes them: frames the text of a free-text tool as an object. */
export function openingDeltas(piece: Piece): readonly JsonObject[] {
  return piece.kind === "custom" ? [inputDelta('{"input": "')] : [];
}

export function closingDeltas(piece: Piece): readonly JsonObject[] {
  if (piece.kind === "custom") return [inputDelta('"}')];
  return piece.signature === "" ? [] : [{ type: "signature_delta", signature: piece.signature }];
}

function inputDelta(partial_json: string): JsonObject {
  return { type: "input_json_delta", partial_json };
}

/** A part that comes whole: blocks that grow are opened empty and filled by one delta, as Anthropic does; others come in their start. */
function encodeWhole(part: Part, index: number, fallbackId: string, changes: Changes): readonly Piece[] {
  return encodeOutputPart(part, `content[${index}]`, `${fallbackId}_${index}`, changes).map((block) => {
    const piece = pieceOfBlock(block);
    piece.ended = true;
    return piece;
  });
}

function pieceOfBlock(block: JsonObject): Piece {
  const { type, text, thinking, signature, input, citations, ...rest } = block;
  switch (type) {
    case "text": {
      const piece = createPiece("text", { type, ...rest, text: "" });
      piece.held.push({ type: "text_delta", text });
      for (const citation of Array.isArray(citations) ? (citations as readonly JsonValue[]) : []) {
        piece.held.push({ type: "citations_delta", citation });
      }
      return piece;
    }
    case "thinking": {
      const piece = createPiece("thinking", { type, ...rest, thinking: "", signature: "" });
      if (thinking !== "") piece.held.push({ type: "thinking_delta", thinking });
      piece.signature = String(signature ?? "");
      return piece;
    }
    case "tool_use":
    case "server_tool_use": {
      const piece = createPiece("tool", { type, ...rest, input: {} });
      piece.held.push(inputDelta(JSON.stringify(input ?? {})));
      return piece;
    }
    default:
      return createPiece("whole", block);
  }
}
