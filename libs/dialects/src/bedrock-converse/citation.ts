import { create } from "@bufbuild/protobuf";
import { type Citation, CitationSchema } from "@sluice/api/sluice/chat/v1/content";
import type { JsonObject } from "../dialect.ts";
import { arrayOf, isObject, objectOf, parseJson, stringOf } from "../json.ts";
import { dialectName } from "./wire.ts";

/**
 * A citation, or what a stream's delta says of one. Its own form is kept whole; the hub's fields are filled as far as they go. Positions are
 * not among them: Bedrock counts them in the source, the hub in the text that cites.
 */
export function decodeCitation(citation: JsonObject): Citation {
  const source = stringOf(citation["source"]) ?? "";
  const url = stringOf(objectOf(objectOf(citation["location"])?.["web"])?.["url"]);
  const cited = arrayOf(citation["sourceContent"]).map((piece) => stringOf(objectOf(piece)?.["text"]) ?? "");
  return create(CitationSchema, {
    url: (url ?? (/^https?:\/\//i.test(source) ? source : "")).slice(0, 65_536),
    title: (stringOf(citation["title"]) ?? "").slice(0, 4096),
    citedText: cited.join(""),
    dialect: dialectName,
    json: JSON.stringify(citation),
  });
}

/** The citation in Bedrock's form, undefined where it came from another dialect. */
export function encodeOwnCitation(citation: Citation): JsonObject | undefined {
  const own = citation.dialect === dialectName ? parseJson(citation.json) : undefined;
  return isObject(own) ? own : undefined;
}

/** The citation for a client: one of another dialect by its address, undefined where it names none. */
export function encodeCitation(citation: Citation): JsonObject | undefined {
  const own = encodeOwnCitation(citation);
  if (own !== undefined || citation.url === "") return own;
  return {
    ...(citation.title !== "" && { title: citation.title }),
    ...(citation.citedText !== "" && { sourceContent: [{ text: citation.citedText }] }),
    location: { web: { url: citation.url } },
  };
}
