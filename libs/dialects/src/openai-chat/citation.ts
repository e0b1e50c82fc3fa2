import { create } from "@bufbuild/protobuf";
import { type Citation, CitationSchema } from "@sluice/api/sluice/chat/v1/content";
import type { JsonObject, JsonValue } from "../dialect.ts";
import { arrayOf, isObject, objectOf, parseJson, stringOf, uint32Of } from "../json.ts";
import type { Changes } from "../parameter-change.ts";
import { dialectName } from "./wire.ts";

/** Reads `annotations`. Kinds other than `url_citation` are kept whole. */
export function decodeAnnotations(annotations: JsonValue | undefined): Citation[] {
  const citations: Citation[] = [];
  for (const annotation of arrayOf(annotations)) {
    if (!isObject(annotation)) continue;
    const source = objectOf(annotation["url_citation"]);
    citations.push(
      create(CitationSchema, {
        url: stringOf(source?.["url"]) ?? "",
        title: stringOf(source?.["title"]) ?? "",
        citedText: stringOf(source?.["content"]) ?? "",
        startIndex: uint32Of(source?.["start_index"]),
        endIndex: uint32Of(source?.["end_index"]),
        dialect: dialectName,
        json: JSON.stringify(annotation),
      }),
    );
  }
  return citations;
}

/** Where in the message's `content` the cited text stands, in UTF-16 units. */
export type TextRange = { readonly start: number; readonly end: number };

/**
 * Writes `annotations`. A citation of this dialect returns as it came. One of a web page gets the range of the text that rests on it where
 * it has none of its own. One of a place in a document has no form here, and is reported.
 */
export function encodeCitations(citations: readonly Citation[], range: TextRange, changes: Changes): JsonObject[] {
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
      url_citation: {
        url: citation.url,
        title: citation.title,
        start_index: citation.startIndex ?? range.start,
        end_index: citation.endIndex ?? range.end,
        ...(citation.citedText === "" ? {} : { content: citation.citedText }),
      },
    });
  }
  return annotations;
}
