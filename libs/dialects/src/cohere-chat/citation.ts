import { create } from "@bufbuild/protobuf";
import { type Citation, CitationSchema } from "@sluice/api/sluice/chat/v1/content";
import type { JsonObject, JsonValue } from "../dialect.ts";
import { arrayOf, isObject, objectOf, parseJson, stringOf, uint32Of } from "../json.ts";
import { dialectName } from "./wire.ts";

/** Whether a citation is of the answer's text, and not of its thinking or of its plan. */
export function citesText(citation: JsonObject): boolean {
  const type = citation["type"];
  return type === undefined || type === null || type === "TEXT_CONTENT";
}

/**
 * Reads one entry of `citations`: one of the hub's for the whole, which keeps it as it came, and one more for each further source that has
 * an address, so that clients of other dialects are told of every page.
 */
export function decodeCitation(citation: JsonObject): Citation[] {
  const startIndex = uint32Of(citation["start"]);
  const endIndex = uint32Of(citation["end"]);
  const range = { ...(startIndex !== undefined && { startIndex }), ...(endIndex !== undefined && { endIndex }) };
  const sources = arrayOf(citation["sources"]).filter(isObject).map(readSource);
  const pages = sources.filter(({ url }) => url !== "");
  const first = pages[0] ?? sources[0] ?? { url: "", title: "" };
  return [
    create(CitationSchema, { ...first, ...range, dialect: dialectName, json: JSON.stringify(citation) }),
    ...pages.slice(1).map((page) => create(CitationSchema, { ...page, ...range, dialect: dialectName })),
  ];
}

function readSource(source: JsonObject): { readonly url: string; readonly title: string } {
  const said = objectOf(source["document"]) ?? objectOf(source["tool_output"]);
  return {
    url: (stringOf(said?.["url"]) ?? "").slice(0, 65_536),
    title: (stringOf(said?.["title"]) ?? "").slice(0, 4096),
  };
}

/**
 * Writes a citation. One of this dialect returns as it came, and its further sources with it (undefined: it is such a one). One of another is
 * told as a document that is cited. `text` is that of the block.
 */
export function encodeCitation(citation: Citation, text: string, contentIndex: number): JsonObject | undefined {
  if (citation.dialect === dialectName) {
    const own = citation.json === "" ? undefined : parseJson(citation.json);
    if (isObject(own) || citation.json === "") return own as JsonObject | undefined;
  }
  const start = citation.startIndex ?? 0;
  const end = citation.endIndex ?? text.length;
  const document: Record<string, JsonValue> = {};
  if (citation.url !== "") document["url"] = citation.url;
  if (citation.title !== "") document["title"] = citation.title;
  if (citation.citedText !== "") document["snippet"] = citation.citedText;
  return {
    start,
    end,
    text: text.slice(start, end),
    sources: [{ type: "document", id: citation.url || citation.title || "document", document }],
    content_index: contentIndex,
    type: "TEXT_CONTENT",
  };
}
