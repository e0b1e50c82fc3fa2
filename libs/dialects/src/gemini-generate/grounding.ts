import { create } from "@bufbuild/protobuf";
import { type Citation, CitationSchema } from "@sluice/api/sluice/chat/v1/content";
import type { JsonObject, JsonValue } from "../dialect.ts";
import { arrayOf, isObject, objectOf, stringOf, uint32Of } from "../json.ts";
import { messageOf } from "./camel-case.ts";
import { type Draft, dialectName } from "./wire.ts";

// `groundingMetadata` says which parts of the answer's text rest on which sources. Its places are bytes of UTF-8, counted from the beginning of a
// part ("measured in bytes", types of `@google/genai` 3.1.0, seen 2026-11-22); in a stream it comes with the last chunk and counts through all of
// the text (recording gem-stream-web-search). The hub's places are UTF-16 units of the text that the citation stands with.

/** The citations of each text, in the order of the texts. */
export function decodeGrounding(value: JsonValue | undefined, texts: readonly string[]): Citation[][] {
  const cited: Citation[][] = texts.map(() => []);
  const grounding = messageOf(value);
  const chunks = arrayOf(grounding?.["groundingChunks"]).map((chunk) => messageOf(chunk));
  if (chunks.length === 0 || texts.length === 0) return cited;
  for (const entry of arrayOf(grounding?.["groundingSupports"])) {
    const support = messageOf(entry);
    if (support === undefined) continue;
    const place = locate(messageOf(support["segment"]), texts);
    for (const chunkIndex of arrayOf(support["groundingChunkIndices"])) {
      const chunk = typeof chunkIndex === "number" ? chunks[chunkIndex] : undefined;
      const citation = chunk === undefined ? undefined : createCitation(chunk, support, place);
      if (citation !== undefined) cited[place.text]?.push(citation);
    }
  }
  return cited;
}

type Place = { readonly text: number; readonly start?: number; readonly end?: number };

/** Where a segment stands. Without `start`: it is not found, and its source is cited for the last text as a whole. */
function locate(segment: JsonObject | undefined, texts: readonly string[]): Place {
  const last = { text: texts.length - 1 };
  const end = uint32Of(segment?.["endIndex"]);
  if (end === undefined) return last;
  const start = uint32Of(segment?.["startIndex"]) ?? 0;
  const said = stringOf(segment?.["text"]);
  const part = uint32Of(segment?.["partIndex"]) ?? 0;
  // The part that is named, each of the others, and at last all of the text.
  const order = [part, ...texts.keys()].filter((index) => index < texts.length);
  for (const index of order) {
    const found = convertRange(texts[index] ?? "", start, end, said);
    if (found !== undefined) return { text: index, ...found };
  }
  const whole = convertRange(texts.join(""), start, end, said);
  let offset = 0;
  for (const [index, text] of texts.entries()) {
    if (whole !== undefined && whole.start >= offset && whole.end <= offset + text.length) {
      return { text: index, start: whole.start - offset, end: whole.end - offset };
    }
    offset += text.length;
  }
  return last;
}

/** A range of UTF-8 bytes in UTF-16 units. Undefined where it is none of the text, or is not what is said to stand there. */
export function convertRange(
  text: string,
  start: number,
  end: number,
  said?: string,
): { readonly start: number; readonly end: number } | undefined {
  const bytes = Buffer.from(text, "utf8");
  if (start > end || end > bytes.length || isInside(bytes, start) || isInside(bytes, end)) return undefined;
  const segment = bytes.toString("utf8", start, end);
  if (said !== undefined && said !== segment) return undefined;
  const from = bytes.toString("utf8", 0, start).length;
  return { start: from, end: from + segment.length };
}

/** Whether the byte goes on with a character that began before it. */
function isInside(bytes: Buffer, at: number): boolean {
  return at < bytes.length && ((bytes[at] ?? 0) & 0xc0) === 0x80;
}

function createCitation(chunk: JsonObject, support: JsonObject, place: Place): Citation | undefined {
  const source = objectOf(chunk["web"]) ?? objectOf(chunk["retrievedContext"]) ?? objectOf(chunk["maps"]);
  const image = objectOf(chunk["image"]);
  const url = stringOf(source?.["uri"]) ?? stringOf(image?.["sourceUri"]);
  if (url === undefined && source === undefined && image === undefined) return undefined;
  return create(CitationSchema, {
    url: url ?? "",
    title: stringOf(source?.["title"] ?? image?.["title"]) ?? "",
    ...(place.start === undefined ? {} : { startIndex: place.start }),
    ...(place.end === undefined ? {} : { endIndex: place.end }),
    dialect: dialectName,
    json: JSON.stringify({ chunk, support }),
  });
}

/** A text of an answer, with its place among the parts that the client is told. */
export type CitedText = { readonly partIndex: number; readonly text: string; readonly citations: readonly Citation[] };

/**
 * `groundingMetadata` of the citations that other dialects' answers have. Undefined where there are none: Google's own comes back as it was.
 */
export function encodeGrounding(texts: readonly CitedText[]): JsonObject | undefined {
  const chunks: JsonObject[] = [];
  const supports: JsonObject[] = [];
  const places = new Map<string, number>();
  for (const { partIndex, text, citations } of texts) {
    for (const citation of citations) {
      if (!isEncodable(citation)) continue;
      const key = `${citation.url}\n${citation.title}`;
      let place = places.get(key);
      if (place === undefined) {
        place = chunks.length;
        places.set(key, place);
        chunks.push({ web: { uri: citation.url, title: citation.title } });
      }
      supports.push({ segment: encodeSegment(text, citation, partIndex), groundingChunkIndices: [place] });
    }
  }
  return chunks.length === 0 ? undefined : { groundingChunks: chunks, groundingSupports: supports };
}

/** Whether a citation is another dialect's, and of a source with an address: Google cites no places in documents. */
export function isEncodable(citation: Citation): boolean {
  return citation.dialect !== dialectName && citation.url !== "";
}

function encodeSegment(text: string, { startIndex, endIndex }: Citation, partIndex: number): JsonObject {
  const start = Math.min(startIndex ?? 0, text.length);
  const end = Math.min(Math.max(endIndex ?? text.length, start), text.length);
  const said = text.slice(start, end);
  const startByte = Buffer.byteLength(text.slice(0, start), "utf8");
  const segment: Draft = { startIndex: startByte, endIndex: startByte + Buffer.byteLength(said, "utf8"), text: said };
  if (partIndex > 0) segment["partIndex"] = partIndex;
  return segment;
}

/** Whether anything is said of sources. */
export function isGrounded(value: JsonValue | undefined): boolean {
  return isObject(value) && Object.keys(value).length > 0;
}
