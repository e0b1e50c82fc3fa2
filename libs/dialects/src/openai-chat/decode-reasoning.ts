import { create } from "@bufbuild/protobuf";
import { type Extension, type Part, PartSchema } from "@sluice/api/sluice/chat/v1/content";
import type { JsonObject } from "../dialect.ts";
import { createExtension } from "../extension.ts";
import { arrayOf, isObject, stringOf, uint32Of } from "../json.ts";
import { unwrapSignature } from "../signature.ts";
import { signerOfFormat } from "./reasoning-format.ts";
import { dialectName } from "./wire.ts";

/** A piece of reasoning and, where it was said, its place among all pieces of the message. */
export type PlacedReasoning = { readonly part: Part; readonly index: number | undefined };

/** What one entry of `reasoning_details` says. */
export type ReasoningDetail = {
  readonly type: string;
  /** Undefined: the entry has no text, as against an empty one. */
  readonly text: string | undefined;
  readonly signature: string;
  readonly data: string;
  /** Who can read the signature or the data. Empty: not known, or there is neither. */
  readonly signer: string;
  readonly id: string;
  readonly summary: boolean;
  readonly index: number | undefined;
  /** Members without a place of their own, such as `format`. */
  readonly rest: JsonObject;
};

const detailFields: ReadonlySet<string> = new Set(["type", "text", "summary", "signature", "data", "id", "index"]);
const knownTypes: ReadonlySet<string> = new Set(["reasoning.text", "reasoning.summary", "reasoning.encrypted"]);

/** Undefined where the entry is not of a known type (https://openrouter.ai/docs/use-cases/reasoning-tokens, seen 2026-11-22). */
export function readReasoningDetail(detail: JsonObject): ReasoningDetail | undefined {
  const type = stringOf(detail["type"]) ?? "";
  if (!knownTypes.has(type)) return undefined;
  const rest = Object.fromEntries(Object.entries(detail).filter(([key]) => !detailFields.has(key)));
  const own = signerOfFormat(stringOf(detail["format"]) ?? "");
  const signature = unwrapSignature(stringOf(detail["signature"]) ?? "", own);
  const data = unwrapSignature(stringOf(detail["data"]) ?? "", own);
  return {
    type,
    text: stringOf(detail["text"]) ?? stringOf(detail["summary"]),
    signature: signature.value,
    data: data.value,
    signer: signature.signer || data.signer,
    id: stringOf(detail["id"]) ?? "",
    summary: type === "reasoning.summary",
    index: uint32Of(detail["index"]),
    rest,
  };
}

/**
 * Reads the reasoning of an assistant's message: `reasoning_details` (OpenRouter's convention, which carries signatures and encrypted
 * reasoning) where present, else `reasoning_content` (DeepSeek, Moonshot, xAI, vLLM) or `reasoning` (Groq, Cerebras, Together).
 * Entries of one index are one piece.
 */
export function decodeReasoning(message: JsonObject): PlacedReasoning[] {
  const content = stringOf(message["reasoning_content"]) ?? "";
  const plain = content === "" ? (stringOf(message["reasoning"]) ?? "") : content;
  const details = arrayOf(message["reasoning_details"]);
  const pieces: Piece[] = [];
  let hasText = false;
  for (const entry of details) {
    if (!isObject(entry)) continue;
    const detail = readReasoningDetail(entry);
    if (detail === undefined) {
      pieces.push({ kind: "opaque", json: entry, index: uint32Of(entry["index"]) });
      continue;
    }
    hasText ||= detail.text !== undefined && detail.text !== "";
    const last = pieces.at(-1);
    if (last?.kind === "detail" && detail.index !== undefined && last.detail.index === detail.index) {
      pieces[pieces.length - 1] = { kind: "detail", detail: merge(last.detail, detail) };
    } else {
      pieces.push({ kind: "detail", detail });
    }
  }
  const placed: PlacedReasoning[] = [];
  if (!hasText && plain !== "") {
    const only = pieces.length === 1 ? pieces[0] : undefined;
    if (only?.kind === "detail" && only.detail.text === undefined && only.detail.signature !== "") {
      return [{ part: createPart({ ...only.detail, text: plain }), index: only.detail.index }];
    }
    placed.push({ part: createPlainPart(plain, content === ""), index: undefined });
  }
  for (const piece of pieces) {
    if (piece.kind === "opaque") placed.push({ part: createUnknownReasoning(piece.json), index: piece.index });
    else placed.push({ part: createPart(piece.detail), index: piece.detail.index });
  }
  return placed;
}

/** Puts reasoning among the other pieces of a message: at its index where it has one, else before them. */
export function placeReasoning(reasoning: readonly PlacedReasoning[], others: readonly Part[]): Part[] {
  const parts: Part[] = [];
  let next = 0;
  for (const { part, index } of reasoning) {
    while (index !== undefined && parts.length < index && next < others.length) {
      const other = others[next++];
      if (other !== undefined) parts.push(other);
    }
    parts.push(part);
  }
  parts.push(...others.slice(next));
  return parts;
}

type Piece =
  | { readonly kind: "detail"; readonly detail: ReasoningDetail }
  | { readonly kind: "opaque"; readonly json: JsonObject; readonly index: number | undefined };

function merge(first: ReasoningDetail, second: ReasoningDetail): ReasoningDetail {
  return {
    type: first.type,
    text: first.text === undefined ? second.text : first.text + (second.text ?? ""),
    signature: first.signature + second.signature,
    data: first.data + second.data,
    signer: first.signer || second.signer,
    id: first.id === "" ? second.id : first.id,
    summary: first.summary || second.summary,
    index: first.index,
    rest: { ...first.rest, ...second.rest },
  };
}

function createPart(detail: ReasoningDetail): Part {
  return create(PartSchema, {
    kind: {
      case: "reasoning",
      value: {
        text: detail.text ?? "",
        signature: detail.signature,
        redactedData: detail.data,
        id: detail.id,
        summary: detail.summary,
        signer: detail.signer,
      },
    },
    extensions: [noteDetail(detail)],
  });
}

/** That the piece was told in `reasoning_details`, and what else was told of it. */
export function noteDetail(detail: ReasoningDetail): Extension {
  return createExtension(dialectName, "#reasoning_details", detail.rest);
}

/** That a text was told in the field `reasoning`. */
export const reasoningFieldNote = createExtension(dialectName, "#reasoning", "reasoning");

function createPlainPart(text: string, inReasoningField: boolean): Part {
  return create(PartSchema, {
    kind: { case: "reasoning", value: { text } },
    extensions: inReasoningField ? [reasoningFieldNote] : [],
  });
}

/** An entry of a type that the hub does not know, kept whole. */
export function createUnknownReasoning(json: JsonObject): Part {
  const type = stringOf(json["type"]) ?? "";
  return create(PartSchema, {
    kind: {
      case: "opaque",
      value: { dialect: dialectName, type: `reasoning_details:${type}`, json: JSON.stringify(json) },
    },
  });
}
