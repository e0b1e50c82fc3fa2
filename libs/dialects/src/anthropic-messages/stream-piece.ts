import { type Extension, type Part, ToolCallKind } from "@sluice/api/sluice/chat/v1/content";
import type { ReasoningStart, StreamEvent, TextEnd, ToolCallStart } from "@sluice/api/sluice/chat/v1/stream_event";
import type { JsonObject, JsonValue } from "../dialect.ts";
import { reportForeignExtensions } from "../extension.ts";
import { parseJson } from "../json.ts";
import type { Changes } from "../parameter-change.ts";
import { unsignedMark } from "../signature.ts";
import { encodeCitation } from "./citation.ts";
import { encodeOutputPart } from "./encode-output.ts";
import { ownSigner, tellReasoning, tellSignature } from "./foreign-signature.ts";
import { restoreOwnFields } from "./own-fields.ts";
import { type Draft, dialectName, isOwnServerCall, isTagged } from "./wire.ts";

/**
 * A piece of the answer on its way to becoming a content block. A text, and reasoning that is not Anthropic's, are opened by their first
 * delta: an empty text is not told, and without a text such reasoning is a block of another kind.
 */
export type Piece = {
  /** What `content_block_start` says. */
  opening: JsonObject;
  readonly kind: "text" | "thinking" | "foreign" | "redacted" | "tool" | "custom" | "whole" | "unsaid";
  /** The block's place among those sent; undefined until it is opened. */
  index: number | undefined;
  /** Deltas that wait for their turn. */
  readonly held: JsonObject[];
  signature: string;
  /** Of reasoning that is not Anthropic's, but for its text and signature. */
  readonly reasoning: ReasoningFacts;
  ended: boolean;
};

type ReasoningFacts = Pick<ReasoningStart, "id" | "summary" | "redactedData"> & { signer: string };

const noReasoning: ReasoningFacts = { id: "", summary: false, redactedData: "", signer: "" };

export function createPiece(kind: Piece["kind"], opening: JsonObject, reasoning = noReasoning): Piece {
  return { kind, opening, index: undefined, held: [], signature: "", reasoning, ended: false };
}

function createWhole(opening: JsonObject): Piece {
  return { ...createPiece("whole", opening), ended: true };
}

/** Whether the piece waits for its first delta to be opened. */
export function opensLate(piece: Piece): boolean {
  return piece.kind === "text" || piece.kind === "foreign";
}

/** The pieces that an event begins: one, or for a part that comes whole as many as Anthropic makes of it. Undefined: it begins none. */
export function beginPieces(event: StreamEvent, fallbackId: string, changes: Changes): readonly Piece[] | undefined {
  const { event: kind } = event;
  switch (kind.case) {
    case "textStart":
      return [createPiece("text", open({ type: "text", text: "" }, kind.value.extensions, changes))];
    case "refusalStart":
      changes.convert("refusal", "a refusal told as text");
      return [createPiece("text", { type: "text", text: "" })];
    case "reasoningStart": {
      const { extensions, id, summary, redactedData, signer } = kind.value;
      const thinking = { type: "thinking", thinking: "", signature: "" };
      if (signer !== ownSigner) {
        return [createPiece("foreign", open(thinking, extensions, changes), { id, summary, redactedData, signer })];
      }
      if (redactedData === "") return [createPiece("thinking", open(thinking, extensions, changes))];
      return [createPiece("redacted", open({ type: "redacted_thinking", data: redactedData }, extensions, changes))];
    }
    case "toolCallStart":
      return beginCall(kind.value, `toolu_${fallbackId}_${event.part}`, changes);
    case "wholePart":
      return encodeWhole(kind.value, event.part, fallbackId, changes);
    default:
      return undefined;
  }
}

/** A signature over the call is told before it, for what it is over must be known when it is read. */
function beginCall(call: ToolCallStart, fallbackId: string, changes: Changes): readonly Piece[] {
  const { toolKind, tool: name, signature, signer } = call;
  const id = call.id === "" ? fallbackId : call.id;
  if (toolKind === ToolCallKind.SERVER && !isOwnServerCall(id)) {
    changes.drop("server_tool_call", `${name}, which the provider ran`);
    return [createPiece("unsaid", {})];
  }
  if (toolKind === ToolCallKind.CUSTOM) changes.convert("tool_calls.input", "free text told as an object");
  const type = toolKind === ToolCallKind.SERVER ? "server_tool_use" : "tool_use";
  const opening = open({ type, id, name, input: {} }, call.extensions, changes);
  const piece = createPiece(toolKind === ToolCallKind.CUSTOM ? "custom" : "tool", opening);
  if (signature === "") return [piece];
  return [createWhole(tellSignature({ kind: "tool_call", id }, { signer, value: signature })), piece];
}

/** The piece that tells a text's signature, which is known when the text ends. Undefined: it has none. */
export function endText(piece: Piece, { signature, signer }: TextEnd): Piece | undefined {
  if (signature === "") return undefined;
  const isEmpty = piece.index === undefined && piece.held.length === 0;
  return createWhole(tellSignature({ kind: isEmpty ? "empty_text" : "text" }, { signer, value: signature }));
}

function open(block: Draft, extensions: readonly Extension[], changes: Changes): Draft {
  restoreOwnFields(extensions, noHeads, block, new Set(Object.keys(block)), changes);
  return block;
}

const noHeads: ReadonlySet<string> = new Set();

/** What an event adds to its piece, as `delta` objects. Undefined: it adds to none. */
export function readDeltas(event: StreamEvent, piece: Piece, changes: Changes): readonly JsonObject[] | undefined {
  const { event: kind } = event;
  if (piece.kind === "unsaid") return [];
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
      return [...deltas, ...readOwnDeltas(kind.value.extensions, changes)];
    }
    case "refusalDelta":
      return kind.value.text === "" ? [] : [{ type: "text_delta", text: kind.value.text }];
    case "reasoningDelta": {
      const { text, signature, signer, extensions } = kind.value;
      const own = readOwnDeltas(extensions, changes);
      if (piece.kind === "redacted") {
        if (text !== "") changes.drop("reasoning", "text beside reasoning that is redacted");
        return own;
      }
      // A client's SDK takes the last signature as the whole one, so it is told once, at the end.
      piece.signature += signature;
      if (signer !== "") piece.reasoning.signer = signer;
      return text === "" ? own : [{ type: "thinking_delta", thinking: text }, ...own];
    }
    case "toolCallDelta": {
      const text = kind.value.arguments;
      if (text === "") return [];
      return [inputDelta(piece.kind === "custom" ? JSON.stringify(text).slice(1, -1) : text)];
    }
    default:
      return undefined;
  }
}

function readOwnDeltas(extensions: readonly Extension[], changes: Changes): readonly JsonObject[] {
  reportForeignExtensions(extensions, dialectName, changes);
  return extensions.flatMap(({ dialect, json }) => {
    const own = dialect === dialectName ? parseJson(json) : undefined;
    return isTagged(own) ? [own] : [];
  });
}

/** What precedes the deltas of a piece once it is opened, and what closes them: frames the text of a free-text tool as an object. */
export function openingDeltas(piece: Piece): readonly JsonObject[] {
  return piece.kind === "custom" ? [inputDelta('{"input": "')] : [];
}

export function closingDeltas(piece: Piece): readonly JsonObject[] {
  if (piece.kind === "custom") return [inputDelta('"}')];
  if (piece.kind === "foreign") {
    const [told] = tellForeign(piece, "x");
    return told?.["type"] === "thinking" ? [{ type: "signature_delta", signature: told["signature"] }] : [];
  }
  if (piece.kind !== "thinking") return [];
  return [{ type: "signature_delta", signature: piece.signature === "" ? unsignedMark : piece.signature }];
}

/** Reasoning that is not Anthropic's and turned out to have no text: what is to be told of it in one block. Undefined: nothing. */
export function readTextless(piece: Piece): JsonObject | undefined {
  return tellForeign(piece, "")[0];
}

function tellForeign({ reasoning, signature }: Piece, text: string): readonly Draft[] {
  return tellReasoning({ ...reasoning, signature, text });
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
