import type { DocumentPart, Media, Part } from "@sluice/api/sluice/chat/v1/content";
import { formatDataUrl } from "../data-url.ts";
import type { JsonObject, JsonValue } from "../dialect.ts";
import { isNote, readExtension, reportForeignExtensions } from "../extension.ts";
import { isObject, parseJson, setMember } from "../json.ts";
import type { Crossing } from "./crossing.ts";
import { type Draft, dialectName, documentNote } from "./wire.ts";

/** Writes one part of a user's or system's `content`. What cannot cross is refused: it is what the model was asked about. */
export function encodePart(part: Part, path: string, crossing: Crossing): JsonObject[] {
  return encodeKind(part, path, crossing).map((piece) => finishPiece(piece, part, path, crossing));
}

function encodeKind(part: Part, path: string, crossing: Crossing): JsonObject[] {
  switch (part.kind.case) {
    case "text":
      return [{ type: "text", text: part.kind.value.text }];
    case "refusal":
      crossing.changes.convert(path, "a refusal told as text");
      return [{ type: "text", text: part.kind.value.text }];
    case "image": {
      const { media, detail } = part.kind.value;
      const url = imageUrl(media, path, crossing);
      return url === undefined ? [] : [{ type: "image_url", image_url: { url, ...(detail !== "" && { detail }) } }];
    }
    case "document": {
      const { text, title } = readDocument(part.kind.value, path, crossing);
      if (text === undefined) return [];
      crossing.changes.convert(path, "a document is sent as text");
      return [{ type: "text", text: title === "" ? text : `Title: ${title}\n${text}` }];
    }
    case "opaque": {
      const { dialect, type, json } = part.kind.value;
      const own = dialect === dialectName ? parseJson(json) : undefined;
      if (isObject(own)) return [own];
      crossing.refuse(path, `a ${type} of ${dialect} has no form in ${dialectName}`);
      return [];
    }
    default:
      crossing.refuse(path, `a ${part.kind.case ?? "part of no kind"} cannot stand here in ${dialectName}`);
      return [];
  }
}

export function finishPiece(piece: JsonObject, part: Part, path: string, crossing: Crossing): JsonObject {
  if (part.cacheControl !== undefined) crossing.changes.drop("cache_control", "Cohere caches prompts by itself");
  if (part.extensions.length === 0) return piece;
  const written: Draft = { ...piece };
  for (const extension of part.extensions) {
    if (extension.dialect !== dialectName || isNote(extension) || Object.hasOwn(written, extension.field)) continue;
    const value = parseJson(extension.json);
    if (value !== undefined) setMember(written, extension.field, value);
  }
  reportForeignExtensions(part.extensions, dialectName, crossing.changes, `${path}.`);
  return written;
}

/** One plain text is a string. */
export function simplify(pieces: readonly JsonObject[]): JsonValue {
  const only = pieces.length === 1 ? pieces[0] : undefined;
  if (only?.["type"] === "text" && Object.keys(only).length === 2) return only["text"] ?? "";
  return pieces.length === 0 ? "" : pieces;
}

function imageUrl(media: Media | undefined, path: string, crossing: Crossing): string | undefined {
  switch (media?.source.case) {
    case "inlineData":
      return formatDataUrl(media.mediaType === "" ? "image/png" : media.mediaType, media.source.value);
    case "url":
      return media.source.value;
    default:
      crossing.refuse(path, `a picture by file id has no form in ${dialectName}; send its bytes or its address`);
      return undefined;
  }
}

export type DocumentText = { readonly text: string | undefined; readonly title: string };

/** A document's text. Cohere reads nothing else: a file of any other kind is refused. */
export function readDocument(document: DocumentPart, path: string, crossing: Crossing): DocumentText {
  const { media, content, context } = document;
  const title = document.title || (media?.filename ?? "");
  const before = context === "" ? "" : `${context}\n`;
  if (media === undefined) {
    const texts = content.map((part) => (part.kind.case === "text" ? part.kind.value.text : undefined));
    if (!texts.includes(undefined)) return { text: before + texts.join("\n"), title };
    crossing.refuse(path, `a document with pictures has no form in ${dialectName}; send its text`);
  } else if (media.source.case === "inlineData" && media.mediaType.startsWith("text/")) {
    return { text: before + Buffer.from(media.source.value).toString("utf8"), title };
  } else {
    const what = media.source.case === "inlineData" ? `of type ${media.mediaType || "unknown"}` : "that is elsewhere";
    crossing.refuse(path, `a document ${what} has no form in ${dialectName}; send its text`);
  }
  return { text: undefined, title };
}

/** A document to cite from: among `documents`, or in a tool's result. */
export function encodeDocument(part: Part, path: string, crossing: Crossing): JsonObject | undefined {
  const own = readExtension(part.extensions, dialectName, documentNote);
  if (isObject(own)) return own;
  if (part.kind.case !== "document") return undefined;
  const { text, title } = readDocument(part.kind.value, path, crossing);
  return text === undefined ? undefined : { data: { ...(title !== "" && { title }), text } };
}
