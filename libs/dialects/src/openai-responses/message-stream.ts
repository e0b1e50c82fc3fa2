import type { JsonObject, JsonValue } from "../dialect.ts";
import { keepUnknown } from "../extension.ts";
import { arrayOf, isArray, isObject, objectOf, stringOf, uint32Of } from "../json.ts";
import { createProblems } from "../request-problem.ts";
import { decodeAnnotation } from "./citation.ts";
import { decodeContentPart } from "./decode-content.ts";
import { readMessageExtensions } from "./decode-item.ts";
import { decodeLogprobs } from "./logprobs.ts";
import { type ItemStream, type PieceSink, restOf } from "./piece-sink.ts";
import { dialectName } from "./wire.ts";

type Piece = {
  readonly kind: "text" | "refusal";
  readonly part: number;
  told: string;
  annotations: number;
  hasLogprobs: boolean;
  isOpen: boolean;
};

const textFields: ReadonlySet<string> = new Set(["type", "text", "annotations", "logprobs"]);

/** A message: texts and refusals by their `content_index`, content of other types when it is done. */
export function createMessageStream(opening: JsonObject, sink: PieceSink): ItemStream {
  const pieces = new Map<number, Piece>();
  const whole = new Set<number>();

  function begin(index: number, kind: Piece["kind"]): Piece {
    const known = pieces.get(index);
    if (known !== undefined) return known;
    const piece: Piece = { kind, part: sink.next(), told: "", annotations: 0, hasLogprobs: false, isOpen: true };
    const extensions = pieces.size + whole.size === 0 ? readMessageExtensions({ ...opening, status: undefined }) : [];
    pieces.set(index, piece);
    if (kind === "text") sink.emit({ case: "textStart", value: { extensions } }, piece.part);
    else {
      sink.emit({ case: "refusalStart", value: {} }, piece.part);
      for (const extension of extensions) sink.late(piece.part, extension);
    }
    return piece;
  }

  function say(piece: Piece, text: string, logprobs: JsonValue | undefined): void {
    piece.told += text;
    if (piece.kind === "refusal") {
      if (text !== "") sink.emit({ case: "refusalDelta", value: { text } }, piece.part);
      return;
    }
    const logprobsJson = decodeLogprobs(logprobs);
    piece.hasLogprobs ||= logprobsJson !== "";
    if (text !== "" || logprobsJson !== "") sink.emit({ case: "textDelta", value: { text, logprobsJson } }, piece.part);
  }

  function cite(piece: Piece, annotations: readonly JsonValue[]): void {
    const citations = annotations.filter(isObject).map(decodeAnnotation);
    if (citations.length > 0 && piece.kind === "text")
      sink.emit({ case: "textDelta", value: { citations } }, piece.part);
    piece.annotations += annotations.length;
  }

  function grow(index: number, type: string, data: JsonObject): string | undefined {
    const kind = type.startsWith("response.refusal") ? "refusal" : "text";
    const piece = begin(index, kind);
    if (piece.kind !== kind || !piece.isOpen)
      return `${type} for content that is ${piece.isOpen ? piece.kind : "done"}`;
    const { delta, logprobs } = data;
    switch (type) {
      case "response.output_text.annotation.added":
        cite(piece, [data["annotation"] ?? null]);
        return undefined;
      case "response.output_text.done":
        say(piece, restOf(stringOf(data["text"]), piece.told), piece.hasLogprobs ? undefined : logprobs);
        return undefined;
      case "response.refusal.done":
        say(piece, restOf(stringOf(data["refusal"]), piece.told), undefined);
        return undefined;
      default:
        if (typeof delta !== "string") return `${type} without a delta`;
        say(piece, delta, logprobs);
        return undefined;
    }
  }

  function finish(index: number, content: JsonObject): string | undefined {
    if (whole.has(index)) return undefined;
    const { type } = content;
    if (type !== "output_text" && type !== "refusal") {
      const problems = createProblems();
      const part = decodeContentPart(content, `content[${index}]`, problems);
      if (problems.first !== undefined) return problems.first.message;
      if (pieces.size + whole.size === 0)
        part.extensions.push(...readMessageExtensions({ ...opening, status: undefined }));
      whole.add(index);
      sink.emit({ case: "wholePart", value: part }, sink.next());
      return undefined;
    }
    const piece = begin(index, type === "refusal" ? "refusal" : "text");
    if (!piece.isOpen) return undefined;
    const text = stringOf(content[type === "refusal" ? "refusal" : "text"]);
    say(piece, restOf(text, piece.told), piece.hasLogprobs ? undefined : content["logprobs"]);
    cite(piece, arrayOf(content["annotations"]).slice(piece.annotations));
    endPiece(piece, content);
    return undefined;
  }

  function endPiece(piece: Piece, content: JsonObject): void {
    if (!piece.isOpen) return;
    piece.isOpen = false;
    const extensions = keepUnknown(content, textFields, dialectName);
    if (piece.kind === "text") sink.emit({ case: "textEnd", value: { extensions } }, piece.part);
    else sink.emit({ case: "refusalEnd", value: {} }, piece.part);
  }

  function close(): void {
    for (const piece of pieces.values()) endPiece(piece, {});
  }

  return {
    push(type, data) {
      const index = uint32Of(data["content_index"]) ?? 0;
      switch (type) {
        case "response.content_part.added": {
          const kind = objectOf(data["part"])?.["type"];
          if (kind === "output_text" || kind === "refusal") begin(index, kind === "refusal" ? "refusal" : "text");
          return undefined;
        }
        case "response.content_part.done": {
          const part = data["part"];
          return isObject(part) ? finish(index, part) : `${type} without a part`;
        }
        case "response.output_text.delta":
        case "response.output_text.done":
        case "response.output_text.annotation.added":
        case "response.refusal.delta":
        case "response.refusal.done":
          return grow(index, type, data);
        default:
          return undefined;
      }
    },
    end(item) {
      const content = item?.["content"];
      if (isArray(content)) {
        for (const [index, part] of content.entries()) {
          const fault = isObject(part) ? finish(index, part) : `content[${index}] is not an object`;
          if (fault !== undefined) return fault;
        }
      }
      close();
      return undefined;
    },
    close,
  };
}
