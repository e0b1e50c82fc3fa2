import { create } from "@bufbuild/protobuf";
import { type Citation, CitationSchema } from "@sluice/api/sluice/chat/v1/content";
import type { JsonObject, JsonValue } from "../dialect.ts";
import { arrayOf, isObject, parseJson, stringOf, uint32Of } from "../json.ts";
import type { Changes } from "../parameter-change.ts";
import { dialectName } from "./wire.ts";

/** Reads `annotations`: of web pages (`url_citation`), of files. Each is kept whole. */
export function decodeAnnotations(annotations: JsonValue | undefined): Citation[] {
  return arrayOf(annotations).filter(isObject).map(decodeAnnotation);
}

export function decodeAnnotation(annotation: JsonObject): Citation {
  return create(CitationSchema, {
    url: (stringOf(annotation["url"]) ?? "").slice(0, 65_536),
    title: (stringOf(annotation["title"]) ?? stringOf(annotation["filename"]) ?? "").slice(0, 4096),
    startIndex: uint32Of(annotation["start_index"]),
    endIndex: uint32Of(annotation["end_index"]),
    dialect: dialectName,
    json: JSON.stringify(annotation),
  });
}

/** Where in its text the cited words stand, in UTF-16 units. */
export type TextRange = { readonly start: number; readonly end: number };

/**
 * Writes `annotations`. A citation of this dialect returns as it came. One of a web page gets the range of the text that rests on it where it
 * has none of its own. One of a place in a document has no form here, and is reported.
 */
export function encodeAnnotations(citations: readonly Citation[], range: TextRange, changes: Changes): JsonObject[] {
  const annotations: JsonObject[] = [];
  for (const citation of citations) {
    const own = citation.dialect === dialectName ? parseJson(citation.json) : undefined;
    if (isObject(own)) {
      annotations.push(own);
      continue;
    }
    if (citation.url === "") {
      changes.drop("citations", "annotations cite web pages only, not places in a document");
      continue;
    }
    annotations.push({
      type: "url_citation",
      url: citation.url,
      title: citation.title,
      start_index: citation.startIndex ?? range.start,
      end_index: citation.endIndex ?? range.end,
    });
  }
  return annotations;
}
