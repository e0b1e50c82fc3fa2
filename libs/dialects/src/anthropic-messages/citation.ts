import { create } from "@bufbuild/protobuf";
import { type Citation, CitationSchema } from "@sluice/api/sluice/chat/v1/content";
import type { JsonObject } from "../dialect.ts";
import { isObject, parseJson, stringOf } from "../json.ts";
import { unsignedMark } from "../signature.ts";
import { dialectName } from "./wire.ts";

/**
 * A citation of any of Anthropic's kinds. Its own form is kept whole; the hub's fields are filled as far as they go. Positions are not
 * among them: Anthropic counts them in the source, the hub in the text that cites.
 */
export function decodeCitation(citation: JsonObject): Citation {
  return create(CitationSchema, {
    url: (stringOf(citation["url"]) ?? stringOf(citation["source"]) ?? "").slice(0, 65_536),
    title: (stringOf(citation["title"]) ?? stringOf(citation["document_title"]) ?? "").slice(0, 4096),
    citedText: stringOf(citation["cited_text"]) ?? "",
    dialect: dialectName,
    json: JSON.stringify(citation),
  });
}

/** The citation in Anthropic's form, undefined where it came from another dialect. */
export function encodeOwnCitation(citation: Citation): JsonObject | undefined {
  const own = citation.dialect === dialectName ? parseJson(citation.json) : undefined;
  return isObject(own) ? own : undefined;
}

/**
 * The citation for a client. One of another dialect becomes a `web_search_result_location` with a mark in place of the
 * `encrypted_index`, by which it is known on its way back. Undefined where it names no address.
 */
export function encodeCitation(citation: Citation): JsonObject | undefined {
  const own = encodeOwnCitation(citation);
  if (own !== undefined || citation.url === "") return own;
  return {
    type: "web_search_result_location",
    cited_text: citation.citedText,
    encrypted_index: unsignedMark,
    title: citation.title === "" ? null : citation.title,
    url: citation.url,
  };
}

/** Whether Anthropic made it: one that Sluice made for a client is not to be sent to Anthropic, who would refuse it. */
export function isGenuineCitation(citation: JsonObject): boolean {
  return citation["type"] !== "web_search_result_location" || citation["encrypted_index"] !== unsignedMark;
}
